"""The operators' calls are answered by the service that they name, and by no other."""

from typing import ClassVar

import pytest
import pytest_asyncio

from heed_common import http
from heed_common.http.admin import admin_router
from heed_common.settings import ServiceSettings
from tests.common import sample_app

pytestmark = pytest.mark.asyncio
router = admin_router("things")


@router.get("", dependencies=[http.requires("admin:read")])
async def list_things(colour: str | None = None) -> dict[str, str | None]:
    """Respond to all operations."""
    return {"colour": colour}


class Settings(ServiceSettings):
    service: ClassVar[str] = "survey"


@pytest_asyncio.fixture
async def client(platform_database, clock):
    settings = Settings.load(database_url="postgresql://nobody@/none")
    app = http.create_app(settings, sample_app.make_resources(platform_database, clock), title="Survey")
    app.include_router(router)
    async with sample_app.make_client(app, await sample_app.make_token(platform_database, now=clock.now())) as client:
        yield client


async def test_a_call_that_names_this_service_is_answered(client):
    answer = await client.get("/v1/admin/things?service=survey&colour=red")
    assert (answer.status_code, answer.json()) == (200, {"colour": "red"})


@pytest.mark.parametrize("query", ["", "?service=", "?service=scoring", "?service=billing", "?service=Survey"])
async def test_a_call_that_names_none_or_another_is_refused(client, query):
    answer = await client.get(f"/v1/admin/things{query}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["in"]) == ("/service", "query")


async def test_scopes_are_checked_before_the_service_is_looked_up(client):
    assert (await client.get("/v1/admin/things", headers={"Authorization": ""})).status_code == 401


async def test_unknown_query_parameters_are_rejected_by_admin_endpoints_too(client):
    answer = await client.get("/v1/admin/things?service=survey&color=red")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/color")
