"""An anonymous survey from the invitation to what its owner reads, through the form."""

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.business_days import UTC_DAYS
from heed_survey.responses.anonymous import service as pools
from tests.common.messages.mail_server import MailServer, running
from tests.survey.collection.browser import Respondent
from tests.survey.collection.tour import BODY
from tests.survey.factories import create_anonymous, published_events
from tests.survey.invitations.conftest import Mailing
from tests.survey.invitations.factories import customers, dump_of, invite

pytestmark = pytest.mark.asyncio

PEOPLE = 7


@pytest_asyncio.fixture
async def mailing(survey_database, clock):
    async with running(MailServer()) as server:
        yield Mailing(survey_database, clock, server)


async def send_invitations(client, mailing) -> tuple[str, list[str]]:
    """Invite customers to the anonymous tour; return its id and the tokens of the mails."""
    survey = await create_anonymous(client, **BODY)
    await invite(client, survey, customers(PEOPLE))
    await mailing.send()
    return survey["id"], mailing.tokens()


async def visible(client, survey_id) -> list[dict]:
    response = await client.get(f"/v1/surveys/{survey_id}/responses")
    assert response.status_code == 200, response.text
    return response.json()["items"]


async def release(mailing) -> None:
    async with mailing.database.transaction() as session:
        await pools.release_pools(session, days=UTC_DAYS, now=mailing.clock.now())


async def test_answers_over_anonymous_links_become_visible_in_groups(client, anonymous, mailing):
    survey_id, tokens = await send_invitations(client, mailing)
    assert len(tokens) == PEOPLE
    counts = []
    for number, token in enumerate(tokens):
        done = await Respondent(anonymous, token).fill_in(free=f"tea {number}")
        assert "Thank you" in done.text
        await release(mailing)
        counts.append(len(await visible(client, survey_id)))
    assert counts == [0, 0, 0, 0, 5, 5, 5]
    await client.post(f"/v1/surveys/{survey_id}/close")
    await release(mailing)
    assert len(await visible(client, survey_id)) == 5, "two more would be a group smaller than five"
    rows = await visible(client, survey_id)
    assert {row["customer_id"] for row in rows} == {None}
    assert len({row["answered_at"] for row in rows}) == 1
    assert {row["answers"]["free"] for row in rows} == {f"tea {number}" for number in range(5)}
    assert len(await published_events(mailing.database, "heed.response.received")) == 5


async def test_a_link_is_used_once_whatever_device_it_is_opened_on(client, anonymous, mailing):
    _, tokens = await send_invitations(client, mailing)
    first = Respondent(anonymous, tokens[0])
    await first.open()
    await first.send(overall="4", recommend="9")
    other = Respondent(anonymous, tokens[0], language="zh")
    assert "第 2 页" in (await other.open()).text
    await other.send(where="shop")
    assert "感谢您的参与" in (await other.send(free="茶")).text
    late = await first.send(where="home")
    assert (late.status_code, "Your answers have been received." in late.text) == (410, True)
    async with mailing.database.transaction() as session:
        assert await session.scalar(text("SELECT size FROM response_pool")) == 1


async def test_a_database_with_half_an_anonymous_form_shows_no_answer(client, anonymous, mailing):
    """Only who has the link can read what was filled in before the form was sent."""
    _, tokens = await send_invitations(client, mailing)
    person = Respondent(anonymous, tokens[0])
    await person.open()
    await person.send(overall="1", recommend="0")
    await person.send(overall="1", recommend="0", trouble=["rude"])
    await person.send(where="home")
    await person.send("back", tidy="1")
    dump = await dump_of(mailing.database)
    (partial,) = [line for line in dump.splitlines() if line.startswith("partial_response: ")]
    assert tokens[0] not in dump
    assert not [form for form in ("trouble", "rude", b"rude".hex(), tokens[0].encode().hex()) if form in partial]
    again = Respondent(anonymous, tokens[0])
    await again.open(f"/s/{tokens[0]}?page=1")
    assert 'value="rude" id="q2-2" checked' in again.page
