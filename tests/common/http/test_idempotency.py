"""A POST under an Idempotency-Key has its effect once, whatever happens in between."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_common import idempotency
from heed_common.database import Database
from heed_common.retention import platform_purges
from tests.common import sample_app

pytestmark = pytest.mark.asyncio

BEAR = {"name": "bear"}
KEY = {"Idempotency-Key": "one"}


async def count(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 names of this file


async def test_the_same_key_and_body_answer_what_was_answered_first(client, database):
    first = await client.post("/v1/samples", json=BEAR, headers=KEY)
    again = await client.post("/v1/samples", json=BEAR, headers=KEY)
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    for header in ("etag", "location", "heed-event", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await count(database, "sample") == await count(database, "outbox") == 1


async def test_without_a_key_every_write_counts(client, database):
    for _ in range(2):
        await client.post("/v1/samples", json=BEAR)
    assert await count(database, "sample") == 2


async def test_the_same_key_with_another_body_is_refused(client, database):
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    other = await client.post("/v1/samples", json={"name": "doll"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(database, "sample") == 1


async def test_a_key_belongs_to_its_caller_and_its_path(app, client, database, clock):
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    async with sample_app.make_client(app, await sample_app.make_token(database, now=clock.now())) as other:
        assert "idempotent-replayed" not in (await other.post("/v1/samples", json=BEAR, headers=KEY)).headers
    assert (await client.post("/v1/imports/samples", content=b"x", headers=KEY)).status_code == 202
    assert await count(database, "sample") == 2


async def test_a_dry_run_is_not_replayed_for_the_real_call(client, database):
    """`dry_run` is a query parameter, and some systems leave the query out of the key's fingerprint. Truxify#2885"""
    dry = await client.post("/v1/samples/tidy?dry_run=true", headers=KEY)
    assert dry.json()["dry_run"] is True
    real = await client.post("/v1/samples/tidy", headers=KEY)
    assert (real.status_code, real.json()["code"]) == (422, "idempotency_key_reused")
    again = await client.post("/v1/samples/tidy?dry_run=true", headers=KEY)
    assert (again.content, again.headers["idempotent-replayed"]) == (dry.content, "true")
    assert (await client.post("/v1/samples/tidy", headers={"Idempotency-Key": "two"})).json()["dry_run"] is False
    assert await count(database, "sample") == 1


async def test_a_real_call_is_not_replayed_for_a_dry_run(client):
    await client.post("/v1/samples/tidy", headers=KEY)
    dry = await client.post("/v1/samples/tidy?dry_run=true", headers=KEY)
    assert (dry.status_code, dry.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_query_in_another_order_or_spelling_is_the_same_query(client):
    first = await client.post("/v1/samples/tidy?dry_run=true&room=hall&room=living%20room", headers=KEY)
    again = await client.post("/v1/samples/tidy?room=hall&dry_run=%74rue&room=living+room", headers=KEY)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    other = await client.post("/v1/samples/tidy?room=living+room&dry_run=true&room=hall", headers=KEY)
    assert other.status_code == 422


CSV, NDJSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/x-ndjson"}


@pytest.mark.parametrize("changed", [NDJSON, CSV | {"Heed-Import-Options": "{}"}])
async def test_the_same_bytes_of_another_type_or_with_other_options_are_other_content(client, changed):
    async def upload(**headers):
        return await client.post("/v1/imports/samples", content=b"x", headers=KEY | headers)

    first = await upload(**CSV)
    again = await upload(**{"Content-Type": "Text/CSV; charset=utf-8"})
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert (await upload(**changed)).json()["code"] == "idempotency_key_reused"


async def test_a_retry_that_prefers_another_language_is_the_same_request(client):
    """What only shapes the response is none of the content, so a browser's retry gets what was done."""
    first = await client.post("/v1/samples", json=BEAR, headers=KEY | {"Accept-Language": "en"})
    again = await client.post("/v1/samples", json=BEAR, headers=KEY | {"Accept-Language": "zh", "Accept": "*/*"})
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")


async def test_a_refused_request_is_not_remembered(client, database):
    assert (await client.post("/v1/samples", json={"name": ""}, headers=KEY)).status_code == 422
    assert (await client.post("/v1/samples/break", json={}, headers=KEY)).status_code == 409
    assert await count(database, "idempotency") == await count(database, "sample") == 0
    assert (await client.post("/v1/samples", json=BEAR, headers=KEY)).status_code == 201


async def test_a_stored_response_is_not_replayed_to_another_caller(app, client):
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    async with sample_app.make_client(app) as stranger:
        assert (await stranger.post("/v1/samples", json=BEAR, headers=KEY)).status_code == 401


async def test_people_without_a_token_share_no_keys(app):
    async with sample_app.make_client(app) as people:
        first = await people.post("/v1/wishes", json=BEAR, headers=KEY)
        assert (await people.post("/v1/wishes", json=BEAR, headers=KEY)).json() == first.json()
        other = await people.post("/v1/wishes", json={"name": "doll"}, headers=KEY)
    assert other.status_code == 201
    assert other.json() != first.json()


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "é"])
async def test_a_key_that_is_none_is_refused(untouched, key):
    response = await untouched.post("/v1/samples", json=BEAR, headers={"Idempotency-Key": key.encode()})
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_invalid")


async def test_a_request_on_its_way_answers_409_to_its_twin_and_both_together_write_once(client, database):
    async with database.transaction() as session:
        caller = (await client.get("/v1/samples/me/who")).json()["id"]
        await idempotency.lock(session, idempotency.IdempotencyScope(caller, "POST", "/v1/samples", "one"))
        twin = await client.post("/v1/samples", json=BEAR, headers=KEY)
    assert (twin.status_code, twin.json()["code"]) == (409, "idempotency_in_flight")
    answers = await asyncio.gather(*(client.post("/v1/samples", json=BEAR, headers=KEY) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await count(database, "sample") == 1


async def test_an_answer_is_forgotten_after_a_day(client, database, clock):
    first = await client.post("/v1/samples", json=BEAR, headers=KEY)
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    assert (await client.post("/v1/samples", json=BEAR, headers=KEY)).json() == first.json()
    clock.advance(timedelta(seconds=1))
    assert (await client.post("/v1/samples", json=BEAR, headers=KEY)).json() != first.json()


async def test_housekeeping_purges_only_responses_older_than_a_day(client, database, clock):
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    clock.advance(timedelta(hours=20))
    await client.post("/v1/samples", json=BEAR, headers={"Idempotency-Key": "two"})
    clock.advance(timedelta(hours=4))
    async with database.transaction() as session:
        assert await platform_purges(sample_app.make_settings())["idempotency"](session, clock.now()) == 1
        assert await session.scalar(text("SELECT key FROM idempotency")) == "two"


async def test_a_commit_that_fails_leaves_neither_the_write_nor_its_answer(client, database):
    orphan = {"name": "bear", "twin": "018f0000-0000-7000-8000-000000000000"}
    assert (await client.post("/v1/samples", json=orphan, headers=KEY)).status_code == 500
    assert await count(database, "sample") == await count(database, "idempotency") == 0


DIE = """
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
"""
MOMENTS = {
    "after the write": "CREATE TRIGGER die AFTER INSERT ON sample FOR EACH ROW EXECUTE FUNCTION die()",
    "after the response": "CREATE TRIGGER die AFTER INSERT ON idempotency FOR EACH ROW EXECUTE FUNCTION die()",
    "in the commit": """
        CREATE CONSTRAINT TRIGGER die AFTER INSERT ON idempotency DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die()
    """,
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_whenever_the_connection_dies_the_repeated_request_has_its_effect_once(client, database, moment):
    """The server ends the connection inside the transaction, as it does when our process is killed there."""
    async with database.transaction() as session:
        await session.execute(text(DIE))
        await session.execute(text(MOMENTS[moment]))
    crashed = await client.post("/v1/samples", json=BEAR, headers=KEY)
    assert (crashed.status_code, crashed.json()["code"]) == (503, "database_unavailable")
    assert (
        await count(database, "sample") == await count(database, "idempotency") == await count(database, "outbox") == 0
    )
    async with database.transaction() as session:
        await session.execute(text("DROP FUNCTION die CASCADE"))
    answers = [await client.post("/v1/samples", json=BEAR, headers=KEY) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert await count(database, "sample") == await count(database, "outbox") == 1


async def test_storing_the_response_after_the_commit_would_double_the_effect_after_a_crash(client, database):
    """The control: what remains of a middleware that dies before it has stored the response."""
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM idempotency"))
    await client.post("/v1/samples", json=BEAR, headers=KEY)
    assert await count(database, "sample") == 2


async def test_an_import_under_a_key_streams_and_is_compared_as_a_whole(client):
    async def pieces(last):
        for _ in range(64):
            yield b"x" * 65536
        yield last

    first = await client.post("/v1/imports/samples", content=pieces(b"1"), headers=KEY)
    again = await client.post("/v1/imports/samples", content=pieces(b"1"), headers=KEY)
    other = await client.post("/v1/imports/samples", content=pieces(b"2"), headers=KEY)
    assert again.json() == first.json() == {"bytes": 64 * 65536 + 1}
    assert again.headers["idempotent-replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"


async def test_an_answer_is_not_repeated_to_a_token_without_the_scope(app, client, database, clock):
    """The caller is the same one, such as the subject of a JWT; only the token may do less."""
    token = await sample_app.make_token(database, now=clock.now())
    async with sample_app.make_client(app, token) as caller:
        assert (await caller.post("/v1/samples", json=BEAR, headers=KEY)).status_code == 201
        async with database.transaction() as session:
            await session.execute(text("UPDATE api_key SET scopes = '{scores:read}'"))
        clock.advance(timedelta(seconds=6))
        refused = await caller.post("/v1/samples", json=BEAR, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert "idempotent-replayed" not in refused.headers


async def test_two_uploads_under_one_key_have_their_effect_once(client, database):
    """The slot cannot be held while a file arrives: both arrive, and the second to end is answered as the first."""
    both_run = asyncio.Barrier(2)

    async def pieces():
        yield b"half"
        await both_run.wait()
        yield b"rest"

    answers = await asyncio.gather(
        *(client.post("/v1/imports/samples", content=pieces(), headers=KEY) for _ in range(2))
    )
    done = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert [answer for answer in done if "idempotent-replayed" not in answer.headers], "one of them had the effect"
    assert await count(database, "idempotency") == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in done) == 1


async def test_an_endpoint_that_streams_and_forgets_the_key_is_refused_before_it_commits(client, database):
    answer = await client.post("/v1/imports/samples/forgetful", content=b"x", headers=KEY)
    assert answer.status_code == 500
    assert await count(database, "sample") == await count(database, "idempotency") == 0
