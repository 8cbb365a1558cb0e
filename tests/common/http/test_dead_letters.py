"""The operators' calls about dead letters and stopped consumers."""

from base64 import b64decode
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from heed_common import breaker, dead_letters, http
from heed_common.broker.protocols import Record
from heed_common.dead_letters import DeadLetter
from heed_common.settings import ServiceSettings
from tests.common import sample_app
from tests.common.broker_fixtures import as_message
from tests.scoring.factories import NOON, make_purchase

pytestmark = pytest.mark.asyncio
GROUP = "heed-survey"
PATH = "/v1/admin/dead-letters"
EVENT = UUID(int=7)


class Settings(ServiceSettings):
    service: ClassVar[str] = "survey"


@pytest.fixture
def app(platform_database, clock):
    settings = Settings.load(database_url="postgresql://nobody@/none")
    return http.create_app(settings, sample_app.make_resources(platform_database, clock), title="Survey")


@pytest_asyncio.fixture
async def client(app, platform_database, clock):
    token = await sample_app.make_token(platform_database, now=clock.now())
    async with sample_app.make_client(app, token) as client:
        client.params = {"service": "survey"}
        yield client


@pytest_asyncio.fixture
async def reader(app, platform_database, clock):
    """Who may read and not write."""
    token = await sample_app.make_token(platform_database, now=clock.now(), scopes=["admin:read"])
    async with sample_app.make_client(app, token) as client:
        client.params = {"service": "survey"}
        yield client


async def store_letters(database, *errors, value=b"a stranger's words \xff"):
    letters = [
        DeadLetter(Record("heed.customer", 0, offset, b"a name", value), error, EVENT)
        for offset, error in enumerate(errors)
    ]
    async with database.transaction() as session:
        await dead_letters.store(session, letters, group=GROUP, now=NOON)


async def test_dead_letters_are_listed_newest_first_in_pages_and_by_filters(client, platform_database):
    await store_letters(platform_database, "KeyError", "broken envelope", "KeyError")
    first = (await client.get(PATH, params={"limit": 2})).json()
    assert [item["offset"] for item in first["items"]] == [2, 1]
    rest = (await client.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([item["offset"] for item in rest["items"]], rest["next_cursor"]) == ([0], None)
    for filters, found in [
        ({"error": "KeyError"}, 2),
        ({"group": GROUP, "topic": "heed.customer"}, 3),
        ({"group": "heed-scoring"}, 0),
        ({"topic": "heed.survey"}, 0),
    ]:
        assert len((await client.get(PATH, params=filters)).json()["items"]) == found
    assert "stranger" not in (await client.get(PATH)).text


async def test_only_callers_with_write_scope_see_the_bytes_of_a_dead_letter(client, reader, platform_database):
    await store_letters(platform_database, "KeyError")
    id_ = (await client.get(PATH)).json()["items"][0]["id"]
    shown = (await client.get(f"{PATH}/{id_}")).json()
    assert b64decode(shown["payload"]["value"]) == b"a stranger's words \xff"
    assert b64decode(shown["payload"]["key"]) == b"a name"
    seen = (await reader.get(f"{PATH}/{id_}")).json()
    assert seen == shown | {"payload": None}
    assert seen["envelope"] == dict.fromkeys(seen["envelope"])


async def test_of_an_envelope_only_that_is_shown_which_has_the_form_of_ours(reader, platform_database):
    purchase = as_message(make_purchase(uuid4()), event_id=EVENT)
    for value, shown_type, shown_subject in [
        (purchase.value, "heed.purchase.recorded.v1", True),
        (purchase.value.replace(b"heed.purchase.recorded.v1", b"Maria Lima"), None, True),
        (b'{"type": 7, "subject": "Maria Lima", "id": [], "time": "noon", "aggversion": "x"}', None, False),
        (b"[" * 100_000, None, False),
    ]:
        async with platform_database.transaction() as session:
            await session.execute(dead_letters.text("DELETE FROM dead_letter"))
        await store_letters(platform_database, "KeyError", value=value)
        id_ = (await reader.get(PATH)).json()["items"][0]["id"]
        answer = await reader.get(f"{PATH}/{id_}")
        envelope = answer.json()["envelope"]
        assert (envelope["type"], envelope["subject"] is not None) == (shown_type, shown_subject)
        assert "Maria" not in answer.text


async def test_a_retry_is_stored_for_the_consumer(client, platform_database):
    await store_letters(platform_database, "KeyError", "ValueError", "KeyError")
    id_ = (await client.get(PATH)).json()["items"][0]["id"]
    answer = await client.post(f"{PATH}/{id_}:retry")
    assert (answer.status_code, answer.json()["retry_requested_at"]) == (202, "2026-03-02T12:00:00.000000Z")
    assert (await client.post(f"{PATH}:retry", params={"error": "ValueError"})).json() == {"count": 1}
    assert (await client.post(f"{PATH}:retry")).json() == {"count": 3}


async def test_what_is_dropped_is_not_there_any_more(client, platform_database):
    await store_letters(platform_database, "KeyError")
    id_ = (await client.get(PATH)).json()["items"][0]["id"]
    assert (await client.delete(f"{PATH}/{id_}")).status_code == 204
    for answer in (
        await client.delete(f"{PATH}/{id_}"),
        await client.get(f"{PATH}/{id_}"),
        await client.post(f"{PATH}/{id_}:retry"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "dead_letter_unknown")
    assert (await client.get(PATH)).json()["items"] == []


@pytest.mark.parametrize("id_", ["0", "-1", "x", str(2**63), "1.5"])
async def test_a_number_that_no_dead_letter_can_have_is_refused(client, id_):
    assert (await client.get(f"{PATH}/{id_}")).status_code == 422


async def test_a_cursor_that_this_list_has_not_given_is_refused(client):
    assert (await client.get(PATH, params={"cursor": "WyJhIl0"})).json()["code"] == "cursor_invalid"
    assert (await client.get(PATH, params={"cursor": "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ"})).status_code == 422


async def test_a_stopped_consumer_is_listed_and_resumed(client, reader, platform_database):
    consumers = "/v1/admin/consumers"
    assert (await client.get(consumers)).json()["items"] == []
    async with platform_database.transaction() as session:
        await breaker.record(session, [True] * 20, group=GROUP, now=NOON)
    (stop,) = (await reader.get(consumers)).json()["items"]
    assert (stop["consumer_group"], stop["stopped_at"]) == (GROUP, "2026-03-02T12:00:00.000000Z")
    assert "heed dlq resume" in (await client.get("/readyz")).json()["checks"]["consumer"]
    resumed = await client.post(f"{consumers}/{GROUP}:resume")
    assert resumed.json() == {"consumer_group": GROUP, "was_stopped": True}
    assert (await client.post(f"{consumers}/{GROUP}:resume")).json()["was_stopped"] is False
    assert (await client.get("/readyz")).json()["checks"]["consumer"] == "ok"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{PATH}/1:retry"),
        ("POST", f"{PATH}:retry"),
        ("DELETE", f"{PATH}/1"),
        ("POST", f"/v1/admin/consumers/{GROUP}:resume"),
    ],
)
async def test_callers_with_read_scope_cannot_change_anything(reader, method, path):
    answer = await reader.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
