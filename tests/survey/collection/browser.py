"""What browsers do with the form, without a browser: open pages, fill in, send."""

import re
from typing import Any
from uuid import UUID

import httpx

from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_survey.invitations.links import service as links
from heed_survey.invitations.links.rules import LinkKind, LinkTarget
from tests.survey.collection.tour import BODY
from tests.survey.factories import create_published

HTML = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
CUSTOMER = UUID("01954f9e-7e3a-7000-8000-000000000001")


async def create_tour(client: httpx.AsyncClient, **body: Any) -> UUID:
    """Publish the tour; return the id of the survey."""
    return UUID((await create_published(client, **BODY | body))["id"])


async def create_link(
    database: Database, clock: FakeClock, survey_id: UUID, *, kind: LinkKind = LinkKind.PERSONAL, **target: Any
) -> str:
    """Return the token of a new link."""
    if kind is LinkKind.PERSONAL:
        target = {"customer_id": CUSTOMER} | target
    async with database.transaction() as session:
        issued = await links.create_link(
            session,
            kind=kind,
            target=LinkTarget(survey_id=survey_id, **target),
            expires_at=None,
            now=clock.now(),
        )
    return issued.token


class Respondent:
    """A browser without a script at one link."""

    def __init__(self, client: httpx.AsyncClient, token: str, *, language: str = "en") -> None:
        self.client = client
        self.token = token
        self.headers = HTML | {"Accept-Language": language}
        self.address = f"/s/{token}"
        self.page = ""

    async def open(self, address: str | None = None) -> httpx.Response:
        """Load the page at the address; without one reload."""
        self.address = address or self.address
        response = await self.client.get(self.address, headers=self.headers)
        self.page = response.text
        return response

    async def send(self, action: str = "next", **fields: Any) -> httpx.Response:
        """Send the page that is open, and follow the redirect; `day__functional` is a part of an answer."""
        sent = [*HIDDEN.findall(self.page), ("action", action)]
        for name, value in fields.items():
            control = f"q.{name.replace('__', '.')}"
            sent += [(control, each) for each in (value if isinstance(value, list) else [value])]
        response = await self.post(sent)
        if response.status_code == 303:
            return await self.open(response.headers["location"])
        self.page = response.text
        return response

    async def post(self, fields: list[tuple[str, str]]) -> httpx.Response:
        content = str(httpx.QueryParams(fields))
        headers = self.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        lang = re.search(r'action="(/s/[^"]+)"', self.page)
        address = lang[1].replace("&amp;", "&") if lang else f"/s/{self.token}"
        return await self.client.post(address, content=content, headers=headers)

    async def fill_in(self, **last: Any) -> httpx.Response:
        """Fill in the tour, the short way, and send it."""
        await self.open()
        await self.send(overall="4", recommend="9")
        await self.send(where="shop")
        return await self.send(**last or {"free": "More tea"})
