from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from opentelemetry.trace import SpanKind, StatusCode

from heed_common.auth.api_keys import Token
from heed_common.database import Database
from heed_common.trace import current_traceparent, trace_context
from heed_common.tracing.http_spans import client_span
from heed_common.tracing.message_spans import message_span
from heed_common.tracing.tracer import traceparent_of
from tests.common import sample_app

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def client(traced, clock):
    """A client of an app that exports spans, and has no database."""
    settings = sample_app.make_settings()
    database = Database(settings.database_url, pool_size=1)
    resources = sample_app.make_resources(database, clock)
    resources.tracer = traced.tracer
    app = sample_app.create_app(settings, resources)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://samples") as client:
        yield client
    await database.close()


async def test_a_request_is_a_child_of_its_caller_named_by_its_route(client, traced):
    sample_id = uuid4()
    response = await client.get(f"/v1/samples/{sample_id}?name=Li", headers={"traceparent": CALLER})
    (span,) = traced.spans
    assert (span.name, span.kind) == ("GET /v1/samples/{sample_id}", SpanKind.SERVER)
    assert f"{span.parent.span_id:016x}" == CALLER[36:52]
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "/v1/samples/{sample_id}",
        "http.response.status_code": 401,
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "heed.request.id": response.headers["X-Request-ID"],
    }
    assert span.status.status_code is StatusCode.UNSET  # 401 is the caller's fault.


async def test_a_request_that_the_service_cannot_answer_has_failed(client, traced):
    response = await client.get("/v1/samples", headers={"Authorization": f"Bearer {Token.new()}"})
    (span,) = traced.spans
    assert response.status_code == span.attributes["http.response.status_code"] == 503
    assert (span.status.status_code, span.attributes["error.type"]) == (StatusCode.ERROR, "503")
    assert not span.events


async def test_a_path_that_is_not_routed_is_in_no_span(client, traced):
    await client.request("BREW", "/s/a-private-link?token=secret")
    (span,) = traced.spans
    assert span.name == "HTTP"
    assert span.attributes["http.request.method"] == "_OTHER"
    assert "private" not in f"{dict(span.attributes)}"


async def test_probes_have_no_spans(client, traced):
    assert (await client.get("/livez")).status_code == 200
    assert not traced.spans


async def test_a_sent_request_has_the_receiver_and_neither_path_nor_query(traced):
    with trace_context(CALLER), client_span(traced.tracer, "POST", "https://shop.example/h?k=1", parent=CALLER) as sent:
        sent.status = 500
    (span,) = traced.spans
    assert (span.name, span.kind, sent.headers) == ("POST", SpanKind.CLIENT, {"traceparent": traceparent_of(span)})
    assert dict(span.attributes) == {
        "http.request.method": "POST",
        "server.address": "shop.example",
        "server.port": 443,
        "url.scheme": "https",
        "http.response.status_code": 500,
        "error.type": "500",
    }


async def test_the_request_for_an_address_belongs_to_its_message(traced):
    with (
        message_span(traced.tracer, "smtp"),
        client_span(traced.tracer, "POST", "http://customer:8000", parent=current_traceparent()),
    ):
        pass
    permit, message = traced.spans
    assert (message.name, message.parent) == ("send message smtp", None)
    assert permit.parent.span_id == message.context.span_id


async def test_without_a_tracer_nothing_changes():
    with trace_context(CALLER), message_span(None, "smtp"), client_span(None, "POST", "x", parent=None) as sent:
        assert current_traceparent() == CALLER
    assert sent.headers == {}
