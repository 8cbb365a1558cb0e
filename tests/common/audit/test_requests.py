"""Each write of a caller leaves an entry in its own transaction; refused ones are counted."""

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.audit.refusals import MAX_ACTORS, Refusals
from heed_common.auth.api_keys import Token
from heed_common.auth.scopes import ScopeMissing, TokenInvalid
from heed_common.database import Database
from heed_common.identifiers import new_id
from tests.common import sample_app
from tests.common.http import conftest as http_fixtures

pytestmark = pytest.mark.asyncio

app, database = http_fixtures.app, http_fixtures.database
ENTRIES = text("SELECT actor, action, status, count, resource_ids, at FROM audit ORDER BY at, id")
BEAR = {"name": "bear"}


@pytest_asyncio.fixture
async def token(database, clock):
    return await sample_app.make_token(database, now=clock.now())


@pytest_asyncio.fixture
async def client(app, token):
    async with sample_app.make_client(app, token) as client:
        yield client


async def entries(database):
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(ENTRIES)]


async def test_a_write_is_recorded_with_its_caller_and_its_ids(client, database, token, clock):
    made = (await client.post("/v1/samples", json=BEAR)).json()["id"]
    await client.patch(f"/v1/samples/{made}", json={"name": "doll"}, headers={"If-Match": '"1"'})
    actor, now = f"key:{token.id}", clock.now()
    assert [(*row[:4], list(map(str, row[4])), row[5]) for row in await entries(database)] == [
        (actor, "POST /v1/samples", 201, 1, [made], now),
        (actor, "PATCH /v1/samples/{sample_id}", 200, 1, [made], now),
    ]


async def test_what_was_not_done_is_not_recorded(client, database):
    unknown = str(new_id())
    calls = [
        await client.get("/v1/samples"),
        await client.post("/v1/samples", json={"name": ""}),
        await client.post("/v1/samples/break", json={}),
        await client.patch(f"/v1/samples/{unknown}", json=BEAR, headers={"If-Match": '"1"'}),
        await client.post("/v1/samples/tidy?dry_run=true"),
    ]
    assert [call.status_code for call in calls] == [200, 422, 409, 404, 200]
    assert await entries(database) == []
    # It fails at the commit.
    assert (await client.post("/v1/samples", json=BEAR | {"twin": unknown})).status_code == 500
    assert await entries(database) == []


async def test_a_replayed_response_is_no_second_write(client, database):
    for _ in range(2):
        assert (await client.post("/v1/samples", json=BEAR, headers={"Idempotency-Key": "a"})).status_code == 201
    assert (await client.post("/v1/imports/samples", content=b"x", headers={"Idempotency-Key": "b"})).status_code == 202
    assert (await client.post("/v1/imports/samples", content=b"x", headers={"Idempotency-Key": "b"})).status_code == 202
    assert [row[1] for row in await entries(database)] == ["POST /v1/samples", "POST /v1/imports/samples"]


async def test_a_file_of_a_list_is_recorded_and_a_page_is_not(client, database):
    assert (await client.get("/v1/samples?limit=1")).status_code == 200
    assert (await client.get("/v1/samples.csv")).status_code == 200
    assert [row[1:4] for row in await entries(database)] == [("GET /v1/samples.csv", 200, 1)]


async def test_public_requests_leave_nothing(app, database):
    async with sample_app.make_client(app) as client:
        assert (await client.post("/v1/wishes", json=BEAR)).status_code == 201
    assert await entries(database) == []


async def test_refusals_of_a_minute_are_one_entry_for_each_known_caller(app, database, token, clock):
    weak = await sample_app.make_token(database, now=clock.now(), scopes=frozenset())
    for sent in (Token.new(token.id), Token.new(), "", weak):
        async with sample_app.make_client(app, sent) as client:
            for _ in range(3):
                assert (await client.post("/v1/samples", json=BEAR)).status_code in (401, 403)
    assert await entries(database) == []
    await app.state.refusals.flush(database, now=clock.now())
    assert sorted(row[:4] for row in await entries(database)) == sorted(
        [
            (f"key:{token.id}", "token_invalid", 401, 3),
            ("unknown", "token_invalid", 401, 3),
            ("unknown", "unauthenticated", 401, 3),
            (f"key:{weak.id}", "scope_missing", 403, 3),
        ]
    )
    await app.state.refusals.flush(database, now=clock.now())
    assert len(await entries(database)) == 4


async def test_refusals_survive_an_unavailable_database_and_have_a_bound(database, clock):
    refusals, away = Refusals(), Database("postgresql://nobody@127.0.0.1:1/away", pool_size=1)
    for number in range(MAX_ACTORS + 5):
        refusals.record(ScopeMissing("admin:read"), f"jwt:{number}")
    refusals.record(TokenInvalid(), None)
    with pytest.raises(OSError, match="Connect call failed"):
        await refusals.flush(away, now=clock.now())
    await away.close()
    await refusals.flush(database, now=clock.now())
    found = await entries(database)
    assert sum(row[3] for row in found) == MAX_ACTORS + 6
    assert len(found) <= MAX_ACTORS + 2
