"""Operations that will be removed are announced, in each response and in the document."""

from datetime import date

import pytest

from heed_common import http
from heed_common.http.grouped_posts import GroupedPost, group_posts
from heed_common.idempotency import StoredResponse
from tests.common import sample_app

pytestmark = pytest.mark.asyncio

EXPECTED = {
    "deprecation": "@1772323200",
    "sunset": "Mon, 01 Mar 2027 00:00:00 GMT",
    "link": '</docs/samples>; rel="deprecation", </docs/samples>; rel="sunset"',
}


async def test_i_want_to_learn_from_responses_that_an_operation_will_be_removed(client):
    sample = (await client.post("/v1/samples", json={"name": "bear"})).json()["id"]
    for old, status in ((sample, 200), ("x", 422), ("01954f9e-7e3a-7000-8000-000000000001", 404)):
        response = await client.get(f"/v1/samples/{old}/old")
        assert response.status_code == status
        assert {name: response.headers[name] for name in EXPECTED} == EXPECTED
    current = await client.get(f"/v1/samples/{sample}")
    assert EXPECTED.keys().isdisjoint(current.headers)


async def test_a_grouped_post_announces_its_removal_as_its_ordinary_route_does(app, client, database, clock):
    add_grouped_post(app, sample_app.make_resources(database, clock))
    ordinary = {"Content-Type": "application/vnd.shop+json"}
    for headers, status in ((ordinary, 200), ({}, 201), ({"Authorization": "Bearer x"}, 401)):
        response = await client.post("/v1/old-samples", json={}, headers=headers)
        assert response.status_code == status
        assert {name: response.headers[name] for name in EXPECTED} == EXPECTED


async def test_the_document_marks_it(app):
    paths = app.openapi()["paths"]
    old, current = (paths[path]["get"] for path in ("/v1/samples/{sample_id}/old", "/v1/samples/{sample_id}"))
    assert (old["deprecated"], "deprecated" in current) == (True, False)
    assert {"Deprecation", "Sunset", "Link"} <= old["responses"]["200"]["headers"].keys()
    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(current["responses"]["200"]["headers"])


async def test_callers_have_half_a_year_to_change():
    with pytest.raises(ValueError, match="at least 180 days"):
        http.deprecated(since=date(2026, 3, 1), sunset=date(2026, 8, 1), see="/docs")


def add_grouped_post(app, resources):
    """Add a deprecated POST that responds with 200, and with 201 where it is committed in a group."""
    router = http.router(prefix="/v1/old-samples")

    @router.post("", dependencies=[http.requires("customers:write"), sample_app.OUTDATED])
    async def make_sample_as_before() -> dict[str, str]:
        return {}

    async def record(session, writes, now):
        return [StoredResponse(201, {"content-type": "application/json"}, b"{}") for _ in writes]

    app.include_router(router)
    post = GroupedPost(
        app, "/v1/old-samples", scope="customers:write", resources=resources, parse=lambda body: body, record=record
    )
    group_posts(app, post)
