"""Spans of HTTP requests, received and sent, by OpenTelemetry's conventions.

Paths and queries are left out: they contain ids, and the tokens of private links.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from opentelemetry.trace import Span, SpanKind

from heed_common.route_template import NOT_ROUTED
from heed_common.tracing.tracer import Tracer, block_span, fail, traceparent_of

METHOD, STATUS = "http.request.method", "http.response.status_code"
OTHER, OTHER_IN_SPANS = "OTHER", "_OTHER"
"""Any method that is not one of HTTP's own: callers invent them."""


def start_server_span(
    tracer: Tracer, scope: Mapping[str, Any], *, method: str, parent: str | None, request_id: str
) -> Span:
    """Start the span of a received request, a child of the caller's span if it sent one."""
    attributes = {
        METHOD: OTHER_IN_SPANS if method == OTHER else method,
        "url.scheme": scope.get("scheme", "http"),
        "network.protocol.version": scope.get("http_version", "1.1"),
        "heed.request.id": request_id,
    }
    return tracer.start(_name(method), SpanKind.SERVER, parent=parent, attributes=attributes)


def end_server_span(span: Span, *, method: str, route: str, status: int) -> None:
    """End the span with its route. The server has failed with 5xx, or without any response."""
    if route != NOT_ROUTED:
        span.set_attribute("http.route", route)
        span.update_name(f"{_name(method)} {route}")
    if status:
        span.set_attribute(STATUS, status)
    if status >= 500 or not status:
        fail(span, str(status) if status else "no_response")
    span.end()


@dataclass(slots=True)
class SentRequest:
    """A request to another server, as its caller reports it."""

    headers: dict[str, str] = field(default_factory=dict)
    """Header with which Heed's own services continue the trace; receivers outside get none."""
    status: int | None = None


@contextmanager
def client_span(
    tracer: Tracer | None, method: str, url: httpx.URL | str, *, parent: str | None
) -> Iterator[SentRequest]:
    """Record the request of the block as a span; nothing without a tracer. The block reports the status."""
    if tracer is None:
        yield SentRequest()
        return
    address = httpx.URL(url)
    port = address.port or (443 if address.scheme == "https" else 80)
    attributes: dict[str, str | int] = {METHOD: method, "server.address": address.host, "server.port": port}
    attributes["url.scheme"] = address.scheme
    with block_span(tracer, method, SpanKind.CLIENT, parent=parent, attributes=attributes) as span:
        request = SentRequest({"traceparent": traceparent_of(span)})
        yield request
        _record_status(span, request.status)


def _record_status(span: Span, status: int | None) -> None:
    if status is None:
        return
    span.set_attribute(STATUS, status)
    if status >= 400:
        fail(span, str(status))


def _name(method: str) -> str:
    return "HTTP" if method == OTHER else method
