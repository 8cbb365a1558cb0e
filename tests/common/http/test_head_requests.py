"""Monitors, link checkers and download tools ask with HEAD: the response of GET without its body."""

import asyncio

import httpx
import pytest
from fastapi.responses import StreamingResponse

from heed_common.revisions import parse_if_match
from tests.common import sample_app

pytestmark = pytest.mark.asyncio

PER_REQUEST = {"x-request-id"}


def comparable(response):
    return {name: value for name, value in response.headers.items() if name not in PER_REQUEST}


async def both(client, path, **headers):
    """Return the response to GET and that to HEAD, which has no body."""
    got, head = [await client.request(method, path, headers=headers) for method in ("GET", "HEAD")]
    assert head.content == b""
    return got, head


@pytest.mark.parametrize("path", ["/livez", "/docs", "/openapi.json", "/v1/samples", "/v1/samples/me/who"])
async def test_i_want_my_monitor_to_ask_with_head(client, path):
    got, head = await both(client, path)
    assert (head.status_code, comparable(head)) == (200, comparable(got))
    assert int(head.headers["content-length"]) == got.num_bytes_downloaded > 0


async def test_a_monitor_with_head_sees_whether_the_process_is_ready(app, client):
    assert (await client.head("/readyz")).status_code == 200
    app.state.readiness.drain()
    got, head = await both(client, "/readyz")
    assert (head.status_code, comparable(head)) == (503, comparable(got))


async def test_head_shows_the_tag_by_which_a_copy_is_found_stale(client):
    sample = (await client.post("/v1/samples", json={"name": "bear"})).json()
    got, head = await both(client, f"/v1/samples/{sample['id']}")
    assert (head.status_code, head.headers["etag"]) == (200, got.headers["etag"])
    assert parse_if_match(head.headers["etag"]) == 1


@pytest.mark.parametrize("path", ["/v1/samples/fail", "/v1/samples?unknown=1", "/v1/nothing", "/v1/samples/x"])
async def test_head_of_what_get_refuses_is_refused_alike(client, path):
    got, head = await both(client, path)
    assert got.status_code >= 400
    assert (head.status_code, head.headers["content-type"]) == (got.status_code, "application/problem+json")


async def test_head_needs_the_token_that_get_needs(app):
    async with sample_app.make_client(app) as stranger:
        got, head = await both(stranger, "/v1/samples")
    assert (head.status_code, comparable(head)) == (401, comparable(got))


async def test_head_where_there_is_no_get_is_a_405_that_names_the_methods(client):
    _, head = await both(client, "/v1/wishes")
    assert (head.status_code, head.headers["allow"]) == (405, "POST")
    refused = await client.delete("/v1/samples")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_the_log_and_the_metrics_show_head_as_head(client):
    await client.head("/livez")
    metrics = (await client.get("/metrics")).text
    assert 'heed_http_requests_total{method="HEAD",route="/livez",service="samples",status="200"} 1.0' in metrics


async def test_head_of_a_stream_without_an_end_ends_at_once(app):
    ended = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"event\n"
                await asyncio.sleep(0)
        finally:
            ended.set()

    app.add_api_route("/endless", lambda: StreamingResponse(endless()), methods=["GET"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://heed") as client:
        response = await client.head("/endless")
    assert (response.status_code, response.content) == (200, b"")
    assert "content-length" not in response.headers
    assert ended.is_set()


async def test_head_is_not_listed_beside_get(app):
    methods = {method for path in app.openapi()["paths"].values() for method in path}
    assert "get" in methods
    assert "head" not in methods
