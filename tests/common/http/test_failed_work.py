"""Failed work over HTTP: listed in pages, retried and dropped by those who may administrate."""

from datetime import timedelta
from typing import ClassVar

import pytest
import pytest_asyncio

from heed_common import health, http
from heed_common.failed_work import repository
from heed_common.settings import ServiceSettings
from tests.common import sample_app
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
PATH, OWN = "/v1/admin/failed-work", {"service": "customer"}
SECOND = timedelta(seconds=1)


class Settings(ServiceSettings):
    service: ClassVar[str] = "customer"


@pytest_asyncio.fixture
async def app(platform_database, clock):
    async with platform_database.transaction() as session:
        await repository.upsert(session, "imports", {"a:-2": "IntegrityError", "a:-3": "KeyError"}, now=NOON)
        await repository.upsert(session, "nightly fit", {"2026-03-02": "ValueError"}, now=NOON)
        await repository.upsert(session, "imports", {"a:-2": "DataError"}, now=NOON + SECOND)
    settings = Settings.load(database_url="postgresql://nobody@/none")
    return http.create_app(settings, sample_app.make_resources(platform_database, clock), title="Customers")


@pytest_asyncio.fixture
async def client(app, platform_database, clock):
    async with sample_app.make_client(app, await sample_app.make_token(platform_database, now=clock.now())) as client:
        yield client


async def keys(client, **query):
    answer = await client.get(PATH, params=OWN | query)
    assert answer.status_code == 200, answer.text
    return [item["key"] for item in answer.json()["items"]]


async def test_what_failed_is_listed_with_the_class_of_its_error_and_its_next_attempt(client):
    answer = await client.get(PATH, params=OWN)
    assert answer.json()["items"][0] == {
        "job": "imports",
        "key": "a:-2",
        "error": "DataError",
        "first_failed_at": "2026-03-02T12:00:00.000000Z",
        "last_failed_at": "2026-03-02T12:00:01.000000Z",
        "attempts": 2,
        "next_attempt_at": "2026-03-02T12:01:01.000000Z",
        "dropped_at": None,
    }
    assert await keys(client, job="nightly fit") == ["2026-03-02"]


async def test_the_list_comes_in_pages(client):
    first = (await client.get(PATH, params=OWN | {"limit": 2})).json()
    assert [item["key"] for item in first["items"]] == ["a:-2", "a:-3"]
    assert await keys(client, cursor=first["next_cursor"]) == ["2026-03-02"]


async def test_a_dropped_row_is_not_retried_and_a_retried_one_is_due_at_once(client, clock):
    clock.advance(2 * SECOND)
    assert (await client.delete(f"{PATH}/imports/a:-2", params=OWN)).status_code == 204
    answer = await client.get(PATH, params=OWN)
    assert answer.json()["items"][0]["dropped_at"] == "2026-03-02T12:00:02.000000Z"
    assert (await client.post(f"{PATH}/imports/a:-2:retry", params=OWN)).status_code == 202
    again = (await client.get(PATH, params=OWN)).json()["items"][0]
    assert (again["dropped_at"], again["next_attempt_at"]) == (None, "2026-03-02T12:00:02.000000Z")


async def test_a_job_with_a_space_in_its_name_can_be_named(client):
    assert (await client.delete(f"{PATH}/nightly%20fit/2026-03-02", params=OWN)).status_code == 204


@pytest.mark.parametrize("call", [("DELETE", "imports/other"), ("POST", "imports/other:retry"), ("DELETE", "x/a:-2")])
async def test_what_did_not_fail_is_not_found(client, call):
    answer = await client.request(call[0], f"{PATH}/{call[1]}", params=OWN)
    assert (answer.status_code, answer.json()["code"]) == (404, "failed_work_unknown")


async def test_another_service_is_not_answered_for(client):
    for method, path in (("GET", PATH), ("DELETE", f"{PATH}/imports/a:-2"), ("POST", f"{PATH}/imports/a:-2:retry")):
        assert (await client.request(method, path, params={"service": "survey"})).status_code == 422
        assert (await client.request(method, path)).status_code == 422


async def test_callers_with_read_scope_cannot_change_anything(app, platform_database, clock):
    token = await sample_app.make_token(platform_database, now=clock.now(), scopes=frozenset({"admin:read"}))
    async with sample_app.make_client(app, token) as reader:
        assert len(await keys(reader)) == 3
        assert (await reader.delete(f"{PATH}/imports/a:-2", params=OWN)).status_code == 403
        assert (await reader.post(f"{PATH}/imports/a:-2:retry", params=OWN)).status_code == 403


async def test_the_process_is_ready_and_degraded_and_names_the_jobs(platform_database, clock, client):

    readiness = health.Readiness()
    readiness.add("failed_work", health.no_failed_work(platform_database), required=False)
    report = await readiness.report()
    assert (report.is_ready, report.status) == (True, "degraded")
    assert report.checks["failed_work"] == "imports: 2, nightly fit: 1"
