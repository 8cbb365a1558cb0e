"""The owner's key: a start creates or adds it and never restores a revoked one."""

import stat
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text, update

from heed import admin
from heed_common.auth import key_file, tokens
from heed_common.auth.api_keys import APIKeys, KeyState, Token
from heed_common.auth.scopes import SCOPES, TokenInvalid
from heed_common.database import Database
from heed_common.keys.service import rotate_key
from heed_common.metrics import Metrics
from heed_common.platform.app import create_app
from heed_common.resources import Resources
from heed_common.tables import API_KEY
from tests.common.sample_app import make_client, make_settings
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


async def rotate_over_http(services, token, clock, on_rotated, id_):
    resources = Resources(services["customer"], clock, Metrics("platform"))
    app = create_app(make_settings(), resources, services, on_rotated=on_rotated)
    async with make_client(app, token) as client:
        response = await client.post(f"/v1/keys/{id_}:rotate", json={"overlap_seconds": 60})
    assert response.status_code == 200
    return Token.parse(response.json()["key"])


async def test_a_rotation_over_http_is_written_into_the_owners_file(path, services, clock):
    _, old = await start(path, services)
    write = admin.write_rotations(path)
    new = await rotate_over_http(services, old, clock, write, old.id)
    assert key_file.load(path) == new != old
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await start(path, services) == (KeyState.GOOD, new)
    other = await tokens.create(services, name="till", scopes=SCOPES, now=NOON)
    await rotate_over_http(services, new, clock, write, other.id)
    assert key_file.load(path) == new


async def test_a_rotation_is_answered_although_the_file_cannot_be_written(path, services, clock, caplog):
    _, old = await start(path, services)
    path.with_name("admin.token.unfinished").mkdir()
    new = await rotate_over_http(services, old, clock, admin.write_rotations(path), old.id)
    assert await opens(services, new, clock) == await opens(services, old, clock) == {"customer", "survey"}
    assert "the new secret of the owner's key is not in" in caplog.text
    assert str(new) not in caplog.text


async def test_an_older_rotation_does_not_replace_a_newer_one_in_the_file(path, services):
    _, token = await start(path, services)
    issued = [
        await rotate_key(services, token.id, overlap=timedelta(0), grantor=tokens.OPERATOR, now=NOON) for _ in range(2)
    ]
    write = admin.write_rotations(path)
    for each in reversed(issued):
        write(each)
    assert key_file.load(path) == issued[1].token


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
