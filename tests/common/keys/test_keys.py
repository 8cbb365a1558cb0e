"""Keys over HTTP: created, listed, rotated and revoked for all services at once."""

from datetime import timedelta

import pytest

from heed_common.auth.scopes import SCOPES
from heed_common.keys import service
from heed_common.keys.rules import Grantor
from tests.common.keys.conftest import SERVICES, accepted_by, with_scopes
from tests.common.sample_app import make_client

pytestmark = pytest.mark.asyncio

ALL = set(SERVICES)
TILL = {"name": "till", "scopes": ["purchases:write"]}


async def create(client, **values):
    response = await client.post("/v1/keys", json=TILL | values)
    assert response.status_code == 201, response.text
    return response.json()


def outcome(response):
    return response.status_code, response.json().get("code")


async def test_a_key_works_in_all_services_and_its_secret_is_shown_once(admin, services, clock):
    created = await create(admin)
    assert await accepted_by(services, created["key"], clock) == ALL
    secret = created.pop("key").split("_", 2)[2]
    shown = await admin.get(f"/v1/keys/{created['id']}")
    assert shown.json() == created
    for response in (await admin.get("/v1/keys?limit=200"), await admin.get("/v1/keys.csv"), shown):
        assert created["id"] in response.text
        assert secret not in response.text


async def test_the_database_has_no_secret(admin, services):
    secret = (await create(admin))["key"].split("_", 2)[2].encode()  # It may contain underscores itself.
    async with services["survey"].transaction() as session:
        rows = await session.connection()
        stored = (await rows.exec_driver_sql("SELECT api_key::text FROM api_key")).scalars().all()
    assert stored
    assert not any(secret.decode() in row or secret.hex() in row for row in stored)


async def test_whoami_describes_the_caller(app, admin, clock):
    created = await create(admin, rate_limit=60, expires_at=(clock.now() + timedelta(days=1)).isoformat())
    async with make_client(app, created["key"]) as client:
        found = (await client.get("/v1/whoami")).json()
    expected = {name: created[name] for name in ("name", "scopes", "expires_at", "rate_limit")}
    assert found == {"id": f"key:{created['id']}", "kind": "key", "key_id": created["id"], **expected}


async def test_after_a_rotation_both_secrets_work_until_the_overlap_ends(admin, services, clock):
    created = await create(admin)
    response = await admin.post(f"/v1/keys/{created['id']}:rotate", json={"overlap_seconds": 60})
    rotated = response.json()["key"]
    assert response.json()["previous_expires_at"] is not None
    assert await accepted_by(services, created["key"], clock) == await accepted_by(services, rotated, clock) == ALL
    clock.advance(timedelta(seconds=60))
    assert await accepted_by(services, created["key"], clock) == set()
    assert await accepted_by(services, rotated, clock) == ALL


async def test_a_revoked_key_is_refused_everywhere_for_good(admin, services, clock):
    created = await create(admin)
    for _ in range(2):
        response = await admin.post(f"/v1/keys/{created['id']}:revoke")
        assert (response.status_code, response.json()["state"]) == (200, "revoked")
    assert await accepted_by(services, created["key"], clock) == set()
    assert outcome(await admin.post(f"/v1/keys/{created['id']}:rotate", json={})) == (409, "key_ended")


async def test_an_expired_key_is_refused(admin, services, clock):
    created = await create(admin, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    assert await accepted_by(services, created["key"], clock) == ALL
    clock.advance(timedelta(hours=1))
    assert await accepted_by(services, created["key"], clock) == set()
    assert (await admin.get(f"/v1/keys/{created['id']}")).json()["state"] == "expired"


async def test_the_list_has_pages_and_filters(admin, clock):
    me = (await admin.get("/v1/whoami")).json()["id"]
    ids = []
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        ids.append((await create(admin))["id"])
    await admin.post(f"/v1/keys/{ids[1]}:revoke")
    first = (await admin.get("/v1/keys", params={"created_by": me, "limit": 2})).json()
    rest = (await admin.get("/v1/keys", params={"created_by": me, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    active = (await admin.get("/v1/keys", params={"created_by": me, "state": "active"})).json()
    assert [item["id"] for item in active["items"]] == [ids[2], ids[0]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "till"}, "/scopes"),
        (TILL | {"scopes": []}, "/scopes"),
        (TILL | {"scopes": ["everything:write"]}, "/scopes/0"),
        (TILL | {"scopes": ["scores:read"] * 30}, "/scopes"),
        (TILL | {"name": " "}, "/name"),
        (TILL | {"rate_limit": 0}, "/rate_limit"),
        (TILL | {"rate_limit": True}, "/rate_limit"),
        (TILL | {"expires_at": "2026-03-02T11:00:00Z"}, "/expires_at"),
        (TILL | {"secret": "mine"}, "/secret"),
    ],
)
async def test_an_invalid_key_is_described_by_its_field(admin, body, pointer):
    response = await admin.post("/v1/keys", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
    assert "everything" not in response.text


async def test_a_key_grants_only_scopes_that_it_has(app, services):
    async with with_scopes(app, services, "admin:write", "scores:read") as client:
        assert outcome(await client.post("/v1/keys", json=TILL)) == (403, "scope_not_held")
        assert outcome(await client.post("/v1/keys", json=TILL | {"scopes": ["admin:read"]})) == (403, "scope_not_held")
        assert (await client.post("/v1/keys", json=TILL | {"scopes": ["scores:read"]})).status_code == 201


async def test_rotating_a_stronger_key_does_not_hand_over_its_secret(app, services, admin, clock):
    stronger = await create(admin, scopes=["scores:write"])
    async with with_scopes(app, services, "admin:write", "scores:read") as client:
        response = await client.post(f"/v1/keys/{stronger['id']}:rotate", json={})
        assert outcome(response) == (403, "scope_not_held")
        own = (await client.get("/v1/whoami")).json()["key_id"]
        assert (await client.post(f"/v1/keys/{own}:rotate", json={"overlap_seconds": 9})).status_code == 200
    assert await accepted_by(services, stronger["key"], clock) == ALL


async def test_a_limited_key_creates_only_keys_with_its_limits(app, admin, clock):
    ends = clock.now() + timedelta(days=1)
    limits = {"expires_at": ends.isoformat(), "rate_limit": 60}
    weak = await create(admin, scopes=["admin:write", "purchases:write"], **limits)
    async with make_client(app, weak["key"]) as client:
        assert outcome(await client.post("/v1/keys", json=TILL)) == (403, "expiry_beyond_caller")
        later = limits | {"expires_at": (ends + timedelta(seconds=1)).isoformat()}
        assert outcome(await client.post("/v1/keys", json=TILL | later)) == (403, "expiry_beyond_caller")
        faster = limits | {"rate_limit": 61}
        assert outcome(await client.post("/v1/keys", json=TILL | faster)) == (403, "rate_beyond_caller")
        await create(client, **limits)


@pytest.mark.parametrize(
    "call", [("GET", ""), ("GET", "/abc"), ("POST", ""), ("POST", "/abc:rotate"), ("POST", "/abc:revoke")]
)
async def test_managing_keys_needs_the_scope_of_administrators(app, services, call):
    method, path = call
    other = "admin:read" if method == "POST" else "admin:write"
    async with with_scopes(app, services, *SCOPES - {"admin:read", "admin:write"}, other) as client:
        response = await client.request(method, f"/v1/keys{path}", json=TILL if method == "POST" else None)
        assert outcome(response) == (403, "scope_missing")
    async with make_client(app) as client:
        assert outcome(await client.request(method, f"/v1/keys{path}")) == (401, "unauthenticated")


async def test_a_caller_revoked_since_its_authentication_changes_nothing(services, clock, admin):
    me = await admin.get("/v1/whoami")
    other = await create(admin, scopes=sorted(SCOPES))
    await service.revoke_key(services, me.json()["key_id"], grantor=Grantor("operator", SCOPES), now=clock.now())
    grantor = Grantor(me.json()["id"], SCOPES, me.json()["key_id"])
    with pytest.raises(service.TokenInvalid):
        await service.revoke_key(services, other["id"], grantor=grantor, now=clock.now())
    assert outcome(await admin.post("/v1/keys", json=TILL)) == (401, "token_invalid")


async def test_unknown_and_malformed_ids_are_problems(admin):
    assert outcome(await admin.get("/v1/keys/abc")) == (404, "key_not_found")
    assert outcome(await admin.post("/v1/keys/abc:revoke")) == (404, "key_not_found")
    assert outcome(await admin.get("/v1/keys/A-B")) == (422, "validation_failed")
    assert outcome(await admin.get("/v1/keys?cursor=forged")) == (422, "cursor_invalid")
