"""The role of the platform process: keys and audits in a migrated database, and nothing else there."""

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from heed_common.auth import tokens
from heed_common.auth.scopes import SCOPES
from heed_common.database import Database
from heed_common.platform import grants
from tests.common.keys.conftest import make_app
from tests.common.sample_app import make_client

CREATE = text(f"CREATE ROLE {grants.ROLE} LOGIN")
CLOSE = text("DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$")
PRIVILEGES = text("""
    SELECT relname AS name, privilege
    FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS right_of(privilege)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
    AND has_table_privilege(:role, pg_class.oid, privilege)
""")
TABLES = text("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def owner(databases):
    """The customer service's database, closed to others as deploy/postgres/init.sh does."""
    name = await databases.clone("heed_customer")
    database = Database(databases.url(name), pool_size=2)
    async with database.autocommit() as connection:
        await connection.execute(CREATE)
        await connection.execute(CLOSE)
    yield database
    async with database.autocommit() as connection:
        await connection.execute(text(f"DROP OWNED BY {grants.ROLE}"))
        await connection.execute(text(f"DROP ROLE {grants.ROLE}"))
    await database.close()
    await databases.drop(name)


async def test_the_role_manages_keys_and_reads_audits_and_has_no_other_table(owner, clock):
    url = owner.engine.url.render_as_string(hide_password=False)
    for _ in range(2):
        await grants.grant(url)
    narrow = Database(make_url(url).set(username=grants.ROLE).render_as_string(hide_password=False), pool_size=2)
    services = {"customer": narrow}
    app = make_app(services, clock)
    async with make_client(app, await tokens.create(services, name="me", scopes=SCOPES, now=clock.now())) as me:
        made = (await me.post("/v1/keys", json={"name": "till", "scopes": ["scores:read"]})).json()
        assert (await me.post(f"/v1/keys/{made['id']}:rotate", json={})).status_code == 200
        assert (await me.post(f"/v1/keys/{made['id']}:revoke")).json()["state"] == "revoked"
        names = {key["name"] for key in (await me.get("/v1/keys")).json()["items"]}
        assert names == {"me", "till"}
        actions = [entry["action"] for entry in (await me.get("/v1/audit")).json()["items"]]
        assert "POST /v1/keys/{key_id}:revoke" in actions
        await app.state.authenticator.uses.flush(narrow)
    with pytest.raises(DBAPIError, match="permission denied for table customer"):
        async with narrow.transaction() as session:
            await session.execute(text("SELECT count(*) FROM customer"))
    async with owner.transaction() as session:
        granted = {(row.name, row.privilege) for row in await session.execute(PRIVILEGES, {"role": grants.ROLE})}
        assert await session.scalar(TABLES) > 30
    assert granted == {(table, right) for table, rights in grants.RIGHTS.items() for right in rights.split(", ")}
    await narrow.close()


async def test_without_the_role_a_migration_grants_nothing(platform_database):
    await grants.grant(platform_database.engine.url.render_as_string(hide_password=False))
    async with platform_database.transaction() as session:
        assert await session.scalar(grants.HAS_ROLE, {"role": grants.ROLE}) is False
