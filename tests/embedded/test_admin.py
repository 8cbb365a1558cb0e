"""The owner's key: a start creates or adds it and never restores a revoked one."""

import stat

import pytest
import pytest_asyncio
from sqlalchemy import text, update

from heed import admin
from heed_common.auth import key_file, tokens
from heed_common.auth.api_keys import APIKeys, KeyState, Token
from heed_common.auth.scopes import SCOPES, TokenInvalid
from heed_common.database import Database
from heed_common.tables import API_KEY
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def services(databases):
    """The databases of two services."""
    names = {service: await databases.clone("platform") for service in ("customer", "survey")}
    opened = {service: Database(databases.url(name), pool_size=4) for service, name in names.items()}
    yield opened
    for service, database in opened.items():
        await database.close()
        await databases.drop(names[service])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "admin.token"


async def start(path, services):
    """Ensure the key as a start does. Return its state and the key in the file."""
    state = await admin.ensure_token(path, services, now=NOON)
    return state, key_file.load(path)


async def opens(services, token, clock):
    """Return the services that accept the key."""
    opened = set()
    for service, database in services.items():
        try:
            await APIKeys.of_database(database, clock).authenticate(token)
        except TokenInvalid:
            continue
        opened.add(service)
    return opened


async def test_the_first_start_creates_a_key_that_only_the_owner_can_read(path, services, clock):
    state, token = await start(path, services)
    assert state is KeyState.GOOD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await opens(services, token, clock) == {"customer", "survey"}
    assert await start(path, services) == (KeyState.GOOD, token)


async def test_a_revoked_key_stays_revoked_after_a_restart(path, services, clock):
    _, token = await start(path, services)
    await tokens.revoke(services, token.id, now=NOON)
    for _ in range(2):
        assert await start(path, services) == (KeyState.REVOKED, token)
        assert await opens(services, token, clock) == set()
    assert "heed token create --admin-file" in admin.advice(KeyState.REVOKED, path)


async def test_a_rotated_key_stays_rotated_after_a_restart(path, services, clock):
    _, old = await start(path, services)
    new = await tokens.rotate(services, old.id, now=NOON)
    assert await start(path, services) == (KeyState.REPLACED, old)
    assert await opens(services, old, clock) == set()
    assert await opens(services, new, clock) == {"customer", "survey"}
    assert "heed token create --admin-file" in admin.advice(KeyState.REPLACED, path)


async def test_a_revoked_key_is_not_restored_by_a_database_that_never_had_it(path, services, clock):
    _, token = await start(path, {"customer": services["customer"]})
    await tokens.revoke({"customer": services["customer"]}, token.id, now=NOON)
    assert await start(path, services) == (KeyState.REVOKED, token)
    assert await opens(services, token, clock) == set()


async def test_a_start_adds_the_key_where_it_is_missing(path, services, clock):
    _, token = await start(path, {"customer": services["customer"]})
    await start(path, services)
    assert await opens(services, token, clock) == {"customer", "survey"}


async def test_the_owners_key_gets_the_scopes_of_a_newer_version(path, services):
    _, token = await start(path, services)
    fewer = sorted(SCOPES - {"models:write"})
    async with services["customer"].transaction() as session:
        await session.execute(update(API_KEY).where(API_KEY.c.id == token.id).values(scopes=fewer))
    await start(path, services)
    async with services["customer"].transaction() as session:
        assert await session.scalar(text("SELECT scopes FROM api_key")) == sorted(SCOPES)


async def test_a_file_without_a_key_is_reported(path, services):
    path.write_text("a shopping list")
    with pytest.raises(admin.TokenFileUnreadable, match=str(path)):
        await start(path, services)


async def test_a_key_with_an_existing_id_replaces_nothing(path, services, clock):
    _, token = await start(path, services)
    other = Token.new(token.id)
    assert await tokens.ensure(services, other, name="another", scopes=SCOPES, now=NOON) is KeyState.REPLACED
    assert await opens(services, other, clock) == set()
    assert await opens(services, token, clock) == {"customer", "survey"}
