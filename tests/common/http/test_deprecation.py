"""Operations that will be removed are announced, in each response and in the document."""

from datetime import date

import pytest

from heed_common import http

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


async def test_the_document_marks_it(app):
    paths = app.openapi()["paths"]
    old, current = (paths[path]["get"] for path in ("/v1/samples/{sample_id}/old", "/v1/samples/{sample_id}"))
    assert (old["deprecated"], "deprecated" in current) == (True, False)
    assert {"Deprecation", "Sunset", "Link"} <= old["responses"]["200"]["headers"].keys()
    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(current["responses"]["200"]["headers"])


async def test_callers_have_half_a_year_to_change():
    with pytest.raises(ValueError, match="at least 180 days"):
        http.deprecated(since=date(2026, 3, 1), sunset=date(2026, 8, 1), see="/docs")
