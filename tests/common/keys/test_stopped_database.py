"""Keys and audits while the PostgreSQL of one service is really stopped, and after it has started again."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from heed_common.auth import tokens
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database
from heed_common.keys.transactions import UNAVAILABLE
from tests.common import sample_app
from tests.common.keys.conftest import accepted_by, make_app
from tests.common.sample_app import make_client
from tests.databases import PLATFORM, Databases, temporary_cluster

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]


@pytest.fixture
def server():
    """A PostgreSQL of its own, for the service whose database is stopped."""
    with temporary_cluster() as cluster:
        yield cluster


@pytest_asyncio.fixture
async def both(server, platform_database):
    own = Databases(server)
    survey = Database(server.url(await own.clone(PLATFORM)), pool_size=4, pool_timeout=2)
    own.close()
    async with survey.transaction() as session:
        await session.execute(sample_app.TABLE)
    yield {"customer": platform_database, "survey": survey}
    await survey.close()


async def accepts(database, token, clock):
    """Return whether the key is still accepted, or the database not back yet."""
    try:
        return bool(await accepted_by({"survey": database}, str(token), clock))
    except UNAVAILABLE:
        return True


def problem(response):
    return response.status_code, response.json()["code"], "Retry-After" in response.headers


async def test_what_is_answered_while_a_database_is_stopped_and_after_it(both, server, clock):
    platform = make_app(both, clock)
    admin_key = await tokens.create(both, name="admin", scopes=SCOPES, now=clock.now())
    till = await tokens.create(both, name="till", scopes=SCOPES, now=clock.now())
    service = sample_app.create_app(sample_app.make_settings(), sample_app.make_resources(both["survey"], clock))
    async with (
        platform.router.lifespan_context(platform),
        make_client(platform, admin_key) as admin,
        make_client(service, till) as caller,
    ):
        assert (await caller.get("/v1/samples/me/who")).status_code == 200
        await asyncio.to_thread(server.stop)

        # The key is remembered for five seconds; what needs no database is answered with it.
        assert (await caller.get("/v1/samples/me/who")).status_code == 200
        assert problem(await caller.get("/v1/samples")) == (503, "database_unavailable", True)
        clock.advance(timedelta(seconds=6))
        assert problem(await caller.get("/v1/samples/me/who")) == (503, "database_unavailable", True)

        assert (await admin.get("/v1/whoami")).status_code == 200
        assert (await admin.get(f"/v1/keys/{till.id}")).json()["state"] == "active"
        new = {"name": "new", "scopes": ["scores:read"]}
        assert problem(await admin.post("/v1/keys", json=new)) == (503, "not_everywhere", True)
        assert problem(await admin.get("/v1/audit")) == (503, "audit_incomplete", True)
        assert (await admin.get("/v1/audit?service=customer")).status_code == 200
        revoked = await admin.post(f"/v1/keys/{till.id}:revoke")
        assert (problem(revoked), revoked.json()["services"]) == ((503, "not_everywhere", True), ["survey"])
        assert await accepted_by({"customer": both["customer"]}, str(till), clock) == set()

        await asyncio.to_thread(server.start)
        async with asyncio.timeout(30):  # Two seconds on an idle machine.
            while await accepts(both["survey"], till, clock):
                await asyncio.sleep(0.05)
        assert problem(await caller.get("/v1/samples"))[:2] == (401, "token_invalid")
        assert (await admin.get("/v1/audit")).status_code == 200
