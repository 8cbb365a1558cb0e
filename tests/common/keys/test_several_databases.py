"""Keys while a database is away, and after its return; the last administrator; announcements; last uses."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from heed_common.auth import tokens
from heed_common.auth.api_keys import APIKeys
from heed_common.auth.scopes import SCOPES, TokenInvalid
from heed_common.database import Database
from heed_common.keys import repository, service
from heed_common.keys.repository import KEYS_CHANGED
from heed_common.keys.rules import Grantor, NewKey
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.common.broker_fixtures import PATIENCE
from tests.common.keys.conftest import SERVICES, accepted_by, make_app
from tests.common.sample_app import make_client

pytestmark = pytest.mark.asyncio

OPERATOR = Grantor("operator", SCOPES)
AWAY = "postgresql://nobody@127.0.0.1:1/away"


@pytest_asyncio.fixture
async def partly(services):
    """The databases as a process sees them that cannot reach one of them."""
    away = Database(AWAY, pool_size=2)
    yield {**services, "survey": away}
    await away.close()


async def states(services, id_):
    found = {}
    for name, database in services.items():
        async with database.transaction() as session:
            key = await repository.load_key(session, id_)
            found[name] = None if key is None else (key.version, key.revoked_at is not None)
    return found


async def test_a_revocation_reaches_what_is_available_and_the_rest_after_its_return(services, partly, clock):
    token = await tokens.create(services, name="till", scopes=SCOPES, now=clock.now())
    async with make_client(
        make_app(partly, clock), await tokens.create(services, name="me", scopes=SCOPES, now=clock.now())
    ) as me:
        response = await me.post(f"/v1/keys/{token.id}:revoke")
        assert (response.status_code, response.json()["code"]) == (503, "not_everywhere")
        assert response.json()["services"] == ["survey"]
        assert (await me.get(f"/v1/keys/{token.id}")).json()["state"] == "revoked"
    assert await accepted_by(services, str(token), clock) == {"survey"}
    assert await service.reconcile(partly) == ["survey"]
    assert await service.reconcile(services) == []
    assert await accepted_by(services, str(token), clock) == set()


async def test_nothing_is_created_or_rotated_in_some_databases_only(services, partly, clock):
    with pytest.raises(service.NotEverywhere):
        await service.create_key(partly, NewKey("half", frozenset()), grantor=OPERATOR, now=clock.now())
    token = await tokens.create(services, name="till", scopes=SCOPES, now=clock.now())
    with pytest.raises(service.NotEverywhere):
        await tokens.rotate(partly, token.id, now=clock.now())
    assert "half" not in {key.name for key in (await service.load_keys(services)).values()}
    assert await accepted_by(services, str(token), clock) == set(SERVICES)


async def test_without_any_database_the_call_can_be_repeated(clock):
    away = {name: Database(AWAY, pool_size=1) for name in SERVICES}
    async with make_client(make_app(away, clock), f"heed_abc_{'s' * 43}") as client:
        response = await client.get("/v1/whoami")
    assert (response.status_code, response.json()["code"]) == (503, "not_everywhere")
    for database in away.values():
        await database.close()


async def test_databases_with_different_changes_become_equal(services, clock):
    token = await tokens.create(services, name="till", scopes=SCOPES, now=clock.now())
    for name, database in services.items():
        await tokens.rotate({name: database}, token.id, now=clock.now())
    await tokens.revoke({"survey": services["survey"]}, token.id, now=clock.now())
    late = await tokens.create({"survey": services["survey"]}, name="late", scopes=(), now=clock.now())
    assert await service.reconcile(services) == []
    assert len(set((await states(services, token.id)).values())) == 1
    assert set((await states(services, late.id)).values()) == {(1, False)}
    assert (await states(services, token.id))["customer"][1]


async def test_two_administrators_cannot_lock_each_other_out(databases, clock):
    name = await databases.clone("platform")
    services = {"customer": Database(databases.url(name), pool_size=4)}
    one, two = [await tokens.create(services, name="admin", scopes=SCOPES, now=clock.now()) for _ in range(2)]
    grantors = [Grantor(f"key:{token.id}", SCOPES, token.id) for token in (one, two)]
    calls = (
        service.revoke_key(services, token.id, grantor=grantor, now=clock.now())
        for token, grantor in zip((two, one), grantors, strict=True)
    )
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(outcome, TokenInvalid | service.LastAdminKey) for outcome in outcomes) == 1
    left = next(key for key in (await service.load_keys(services)).values() if key.revoked_at is None)
    own = Grantor(f"key:{left.id}", SCOPES, left.id)
    with pytest.raises(service.LastAdminKey):
        await service.revoke_key(services, left.id, grantor=own, now=clock.now())
    await services["customer"].close()
    await databases.drop(name)


async def test_a_process_that_hears_of_a_revocation_does_not_wait_for_its_cache(services, urls, clock):
    token = await tokens.create(services, name="till", scopes=SCOPES, now=clock.now())
    resources = Resources(Database(urls["survey"], pool_size=4), clock, Metrics("survey"))
    changed = resources.signal(KEYS_CHANGED)
    resources.connect(sends=False)
    keys = APIKeys.of_database(resources.database, clock, changed=changed)
    await changed.wait(since=0, seconds=PATIENCE)  # It listens.
    await keys.authenticate(token)
    heard = changed.count
    await tokens.revoke(services, token.id, now=clock.now())
    await changed.wait(since=heard, seconds=PATIENCE)
    with pytest.raises(TokenInvalid):
        await keys.authenticate(token)
    await resources.close()


async def test_the_last_use_is_written_once_for_many_requests(services, clock):
    token = await tokens.create(services, name="till", scopes=SCOPES, now=clock.now())
    keys = APIKeys.of_database(services["survey"], clock)
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        await keys.authenticate(token)
    assert (await service.load_key(services, token.id)).last_used_at is None
    await keys.uses.flush(services["survey"])
    assert (await service.load_key(services, token.id)).last_used_at == clock.now()
    assert await service.reconcile(services) == []
    away = Database(AWAY, pool_size=1)
    await keys.authenticate(token)
    with pytest.raises(OSError, match="Connect call failed"):
        await keys.uses.flush(away)
    clock.advance(timedelta(seconds=1))
    await keys.uses.flush(services["survey"])
    assert (await service.load_key(services, token.id)).last_used_at == clock.now() - timedelta(seconds=1)
    await away.close()
