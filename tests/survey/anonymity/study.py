"""A study as it runs: customers are invited, and answer on the form in an order that the attacker knows."""

import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from heed_common.business_days import UTC_DAYS
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_survey.invitations.links import service as links
from heed_survey.responses.anonymous.service import release_pools
from heed_survey.responses.rules import NewResponse
from heed_survey.responses.service import record_response
from tests.survey.collection.browser import Respondent
from tests.survey.factories import STUDY, TEXTS, create_published, make_item
from tests.survey.invitations.conftest import Mailing, token_of
from tests.survey.invitations.factories import customers, invite

PEOPLE = 20
MAX_WORDS = 200
"""PostgreSQL compresses longer rows, in which the attacker could not find the markers."""
SECTIONS = [
    {"items": [make_item(code="overall", measure="satisfaction", scale={"lowest": 1, "highest": 5}, required=True)]},
    {
        "items": [
            {
                "code": "why",
                "text": TEXTS,
                "type": "text",
                "required": True,
                "show_if": {"field": "overall", "op": "le", "value": 2},
            },
        ]
    },
    {"items": [{"code": "comment", "text": TEXTS, "type": "text", "required": True}]},
]
BODY = {"title": "Work climate", "sections": SECTIONS}

Callback = Callable[["Person"], Awaitable[object]]


@dataclass
class Person:
    """A customer with the answers that are to stay secret. The marker in them is how the tests know whose they are."""

    customer_id: str
    token: str = ""
    overall: int = field(default_factory=lambda: 1 + secrets.randbelow(5))
    marker: str = field(default_factory=lambda: f"person-{secrets.token_hex(8)}")
    words: int = field(default_factory=lambda: secrets.randbelow(MAX_WORDS))

    @property
    def comment(self) -> str:
        return self.marker + " word" * self.words

    @property
    def is_unhappy(self) -> bool:
        return self.overall <= 2

    @property
    def answers(self) -> dict[str, Any]:
        why = {"why": "Too loud"} if self.is_unhappy else {}
        return {"overall": self.overall, **why, "comment": self.comment}

    async def answer(self, database: Database, *, now: datetime) -> None:
        """Answer over the link, without a browser."""
        async with database.transaction() as session:
            link = await links.open_link(session, token=self.token, now=now)
            await record_response(
                session,
                survey_id=link.survey_id,
                new=NewResponse(self.answers),
                link=link,
                earliest=DEFAULT_EARLIEST,
                now=now,
            )

    async def fill_in(self, browser: httpx.AsyncClient, *, before_sending: Callback | None = None) -> None:
        """Answer on the form, page by page."""
        form = Respondent(browser, self.token)
        await form.open()
        await form.send(overall=str(self.overall))
        if self.is_unhappy:
            await form.send(why="Too loud")
        if before_sending is not None:
            await before_sending(self)
        sent = await form.send(comment=self.comment)
        assert sent.url.path.endswith("/thank-you"), sent.text


@dataclass
class Study:
    """A survey and the people who answered it, in the order of their answers."""

    survey: dict[str, Any]
    people: list[Person]

    @property
    def id(self) -> str:
        return str(self.survey["id"])

    @property
    def markers(self) -> list[str]:
        return [person.marker for person in self.people]


async def send_links(client: httpx.AsyncClient, mailing: Mailing, *, people: int = PEOPLE) -> Study:
    """Invite people to an anonymous survey, and deliver the links to them; they will answer in a random order."""
    survey = await create_published(client, anonymous=True, study=STUDY, **BODY)
    everyone = [Person(customer_id) for customer_id in customers(people)]
    await invite(client, survey, [person.customer_id for person in everyone])
    await mailing.send()
    for person in everyone:
        person.token = token_of(mailing.mails_to(UUID(person.customer_id))[0])
    random.shuffle(everyone)
    return Study(survey, everyone)


async def release(database: Database, clock: FakeClock) -> int:
    """Run the job that releases responses."""
    async with database.transaction() as session:
        return await release_pools(session, days=UTC_DAYS, now=clock.now())


async def close(client: httpx.AsyncClient, study: Study) -> None:
    response = await client.post(f"/v1/surveys/{study.id}/close")
    assert response.status_code == 200, response.text
