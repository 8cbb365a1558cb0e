"""The audit trail of all services is one list: merged, filtered, paged, complete or refused."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from heed_common.audit import pending
from heed_common.audit.entries import Entry
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_common.retention import platform_purges
from tests.common.keys import conftest as key_fixtures
from tests.common.keys.conftest import make_app
from tests.common.sample_app import make_client, make_settings

pytestmark = pytest.mark.asyncio

urls, services, app, admin = key_fixtures.urls, key_fixtures.services, key_fixtures.app, key_fixtures.admin
NUMBERS = count()


async def write(services, name, clock, **values):
    """Record an entry of an actor of its own, by default."""
    entry = Entry(
        **{"at": clock.now(), "actor": f"key:a{next(NUMBERS)}", "action": "POST /v1/x", "status": 201} | values
    )
    async with services[name].transaction() as session:
        pending.record(session, entry)
    return entry


async def listed(client, **query):
    response = await client.get("/v1/audit", params=query)
    assert response.status_code == 200, response.text
    return response.json()["items"]


async def test_entries_of_all_services_are_one_list_newest_first_in_pages(admin, services, clock):
    written = []
    for name in ("customer", "survey", "survey", "customer", "customer"):
        clock.advance(timedelta(seconds=1))
        written.append(await write(services, name, clock, actor="key:pages"))
    expected = [str(entry.id) for entry in written[::-1]]
    found, cursor = [], {}
    for _ in range(3):
        page = (await admin.get("/v1/audit", params={"key": "pages", "limit": 2} | cursor)).json()
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]}
    assert [entry["id"] for entry in found] == expected
    assert [entry["service"] for entry in found] == ["customer", "customer", "survey", "survey", "customer"]
    assert cursor == {"cursor": None}
    lines = (await admin.get("/v1/audit.csv", params={"key": "pages"})).text.splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == expected
    assert len((await admin.get("/v1/audit.ndjson", params={"key": "pages"})).text.splitlines()) == len(expected)


async def test_entries_of_one_moment_are_on_one_page_each(admin, services, clock):
    written = {str((await write(services, name, clock, actor="jwt:same")).id) for name in ("customer", "survey") * 2}
    found, cursor = [], {}
    for _ in range(4):
        page = (await admin.get("/v1/audit", params={"actor": "jwt:same", "limit": 1} | cursor)).json()
        found += [entry["id"] for entry in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert (len(found), set(found)) == (4, written)


async def test_each_filter_selects(admin, services, clock):
    start, resource = clock.now(), new_id()
    clock.advance(timedelta(hours=1))
    entry = await write(
        services, "survey", clock, actor="key:filters", resource_ids=[new_id(), resource], action="PUT /v1/y"
    )
    await write(services, "customer", clock, actor="key:filters")
    clock.advance(timedelta(hours=1))
    one = [str(entry.id)]
    for query in (
        {"resource_id": str(resource)},
        {"key": "filters", "action": "PUT /v1/y"},
        {"actor": "key:filters", "service": "survey"},
        {"key": "filters", "service": "survey", "from": start.isoformat(), "to": clock.now().isoformat()},
    ):
        assert [found["id"] for found in await listed(admin, **query)] == one
    assert await listed(admin, key="filters", to=start.isoformat()) == []
    assert await listed(admin, key="filters", **{"from": clock.now().isoformat()}) == []
    assert await listed(admin, resource_id=str(UUID(int=1))) == []


async def test_managing_a_key_is_one_entry_although_it_is_in_all_databases(admin, services):
    created = (await admin.post("/v1/keys", json={"name": "Zhang Wei", "scopes": ["scores:read"]})).json()
    await admin.post(f"/v1/keys/{created['id']}:rotate", json={})
    await admin.post(f"/v1/keys/{created['id']}:revoke")
    found = await listed(admin, managed_key=created["id"])
    me = (await admin.get("/v1/whoami")).json()
    assert [(entry["action"], entry["status"]) for entry in found] == [
        *(("POST /v1/keys/{key_id}:revoke", 200), ("POST /v1/keys/{key_id}:rotate", 200), ("POST /v1/keys", 201))
    ]
    assert {(entry["service"], entry["actor"], entry["actor_key_id"]) for entry in found} == {
        ("platform", me["id"], me["key_id"])
    }
    for database in services.values():
        async with database.transaction() as session:
            connection = await session.connection()
            rows = (await connection.exec_driver_sql("SELECT audit::text FROM audit")).scalars().all()
            assert sum(created["id"] in row for row in rows) == 3
            assert not any("Zhang" in row or created["key"].split("_", 2)[2] in row for row in rows)


async def test_a_file_of_the_audit_trail_is_recorded_itself(admin):
    me = (await admin.get("/v1/whoami")).json()["id"]
    assert (await admin.get("/v1/audit.csv", params={"actor": "jwt:none"})).status_code == 200
    assert [entry["action"] for entry in await listed(admin, actor=me)] == ["GET /v1/audit.csv"]


async def test_a_list_that_would_not_be_complete_is_refused(services, clock, admin):
    away = Database("postgresql://nobody@127.0.0.1:1/away", pool_size=1)
    async with make_client(make_app({**services, "survey": away}, clock), admin.headers["Authorization"][7:]) as client:
        refused = await client.get("/v1/audit")
        assert (refused.status_code, refused.json()["code"]) == (503, "audit_incomplete")
        assert refused.json()["services"] == ["survey"]
        assert (await client.get("/v1/audit?service=customer")).status_code == 200
    await away.close()


@pytest.mark.parametrize(
    "query", ["key=A", "key=a&actor=key:b", "resource_id=x", "from=yesterday", "service=billing", "cursor=x", "who=me"]
)
async def test_wrong_filters_are_refused(admin, query):
    assert (await admin.get(f"/v1/audit?{query}")).status_code == 422


async def test_the_trail_needs_the_scope_of_administrators(app, services):
    async with key_fixtures.with_scopes(app, services, "admin:write", "customers:read") as client:
        assert (await client.get("/v1/audit")).status_code == 403
        assert (await client.get("/v1/audit.csv")).status_code == 403


async def test_entries_are_purged_after_a_year(services, clock, admin):
    await write(services, "survey", clock, actor="jwt:purged")
    clock.advance(timedelta(days=364))
    purge = platform_purges(make_settings())["audit"]
    for days, left in ((0, 1), (2, 0)):
        clock.advance(timedelta(days=days))
        async with services["survey"].transaction() as session:
            await purge(session, clock.now())
        assert len(await listed(admin, actor="jwt:purged")) == left
