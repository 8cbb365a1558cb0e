"""Middleware around every request: ids, limits, access log, metrics."""

import asyncio
import logging
import re
from collections.abc import Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import Protocol

from opentelemetry.trace import Span
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heed_common import logs, outbox
from heed_common.errors import TooLarge
from heed_common.http import errors
from heed_common.http.cross_origin import preflight_response, share
from heed_common.http.key_rates import Quota
from heed_common.http.limits import MIB, BodyLimits
from heed_common.http.representations import Representation, represent
from heed_common.identifiers import new_id
from heed_common.metrics import Metrics
from heed_common.origins import Origins
from heed_common.problems import Invalid
from heed_common.route_template import key_of_path, route_template
from heed_common.trace import trace_context
from heed_common.tracing.http_spans import OTHER, end_server_span, start_server_span
from heed_common.tracing.tracer import Tracer, traceparent_of

BODY_LIMIT = MIB
BATCH_LIMIT = 8 * MIB
IMPORTS = "/v1/imports/"
REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,128}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
"""Called every few seconds: successful calls are not worth a log line each."""

log = logging.getLogger("heed_common.access")


class ShortPath(Protocol):
    """Handles the POSTs of one path, or hands them to the application."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, *, ordinary: ASGIApp) -> None: ...


class Middleware:
    """One layer of plain ASGI: each further one costs throughput."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        limits: BodyLimits,
        short_paths: Mapping[str, ShortPath],
        origins: Origins,
        tracer: Tracer | None = None,
    ) -> None:
        self._app = app
        self._tracer = tracer
        self._origins = origins
        self._short_paths = short_paths
        self._metrics = metrics
        self._bodies = Bodies(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        received_id = headers.get(b"x-request-id", "")
        request_id = received_id if REQUEST_ID_PATTERN.fullmatch(received_id) else str(new_id())
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        method = scope["method"]
        if method == "HEAD":  # A copy, because the server reads the method of its own scope when it frames the body.
            scope = {**scope, "method": errors.routed_method(method)}
        cycle = RequestCycle(
            scope, receive, send, method=method, request_id=request_id, bodies=self._bodies, headers=headers
        )
        cycle.shared_with = self._origins.allowed(headers.get(b"origin"), path=scope["path"])
        traceparent = headers.get(b"traceparent")
        if self._tracer is not None and scope["path"] not in PROBES:
            traceparent = cycle.start_span(self._tracer, parent=traceparent)
        with logs.request(request_id), trace_context(traceparent):
            try:
                await cycle.run(self._app_for(scope, headers), content_length=headers.get(b"content-length"))
            finally:
                cycle.release()
                cycle.record(self._metrics)

    def _app_for(self, scope: Scope, headers: Mapping[bytes, str]) -> ASGIApp:
        """Return the short path of a POST if it has one, otherwise the application with its routes."""
        if scope["method"] == "OPTIONS" and self._origins.is_preflight(headers, path=scope["path"]):
            return preflight_response
        short_path = self._short_paths.get(key_of_path(scope["path"])) if scope["method"] == "POST" else None
        return self._app if short_path is None else partial(short_path.handle, ordinary=self._app)


class Bodies:
    """Memory budget of the request bodies that are buffered at one time."""

    def __init__(self, limits: BodyLimits) -> None:
        self.limits = limits
        self._reserved = 0

    def reserve(self, size: int) -> None:
        """Reserve memory for a body. Raises `TooManyBodies` if the budget is used up."""
        if self._reserved + size > self.limits.memory:
            raise errors.HeedHTTPException(errors.TooManyBodies())
        self._reserved += size

    def release(self, size: int) -> None:
        self._reserved -= size


class RequestCycle:
    """One request and its response."""

    shared_with: str | None = None
    """The origin whose pages may read the response."""
    _span: Span | None = None

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        method: str,
        request_id: str,
        bodies: Bodies,
        headers: Mapping[bytes, str],
    ) -> None:
        self._scope = scope
        self._method = method
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self._request_headers = headers
        self._representation: Representation | None = None
        self._limit = body_limit(scope["path"])
        self._bodies = bodies
        self._received = 0
        self._reserved = 0
        self._waited = 0.0
        self._has_arrived = False
        self._status = 0
        self._is_complete = False
        self._began = perf_counter()

    async def run(self, app: ASGIApp, *, content_length: str | None) -> None:
        """Run the application and turn any error into a problem document, unless the response has begun already."""
        try:
            self._enforce_limits(content_length)
            await app(self._scope, self.receive, self.send)
        except Exception as error:
            if self._status:
                raise
            problem = errors.response(errors.to_heed_error(error), request_id=self._request_id)
            await problem(self._scope, self._receive, self.send)

    def start_span(self, tracer: Tracer, *, parent: str | None) -> str:
        """Start the span of the request and return its `traceparent`."""
        method = self._method if self._method in METHODS else OTHER
        self._span = start_server_span(tracer, self._scope, method=method, parent=parent, request_id=self._request_id)
        return traceparent_of(self._span)

    def record(self, metrics: Metrics) -> None:
        """Record metrics, access log and span by route template: a raw path may contain a name or a token."""
        route, seconds = route_template(self._scope), perf_counter() - self._began
        method = self._method if self._method in METHODS else OTHER
        metrics.http_requests.labels(method, route, str(self._status)).inc()
        metrics.http_seconds.labels(method, route).observe(seconds)
        fields = {"method": method, "route": route, "status": self._status, "ms": round(seconds * 1000, 2)}
        level = logging.DEBUG if route in PROBES and self._status < 400 else logging.INFO
        log.log(level, "request", extra={"fields": fields | _caller(self._scope)})
        if self._span is not None:
            end_server_span(self._span, method=method, route=route, status=self._status)

    async def receive(self) -> Message:
        """Count received bytes, because a Content-Length is optional, and the time they take."""
        if self._has_arrived:
            return await self._receive()
        message = await self._next_piece()
        size = len(message.get("body", b""))
        self._received += size
        self._has_arrived = not message.get("more_body", False)
        if self._limit is not None:
            if self._received > self._limit:
                raise errors.HeedHTTPException(TooLarge(_at_most(self._limit)))
            self._bodies.reserve(size)
            self._reserved += size
        return message

    async def _next_piece(self) -> Message:
        """Wait for the next chunk within the time limit. The time that Heed takes to store a chunk does not count."""
        began = perf_counter()
        try:
            async with asyncio.timeout(self._bodies.limits.patience(received=self._received, waited=self._waited)):
                return await self._receive()
        except TimeoutError:
            raise errors.HeedHTTPException(errors.BodyTooSlow()) from None
        finally:
            self._waited += perf_counter() - began

    def release(self) -> None:
        """Release the memory of the body."""
        self._bodies.release(self._reserved)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers(message.get("headers", ()))]
            if self._shapes(message):
                return
        elif self._representation is not None:
            for shaped in await self._representation.messages(message):
                self._status = self._representation.status
                await self._emit(shaped)
            return
        await self._emit(message)

    def _shapes(self, start: Message) -> bool:
        """Return whether the response is a read that is sent in another form; its start waits for its body."""
        if self.shared_with is not None:
            start["headers"] = share(start["headers"], self.shared_with)
        if self._status == 200 and self._scope["method"] == "GET":
            self._representation = represent(
                start,
                path=self._scope["path"],
                if_none_match=self._request_headers.get(b"if-none-match"),
                accept_encoding=self._request_headers.get(b"accept-encoding", ""),
            )
        return self._representation is not None

    async def _emit(self, message: Message) -> None:
        if self._method == "HEAD" and message["type"] == "http.response.body":
            await self._send_no_body()
        else:
            await self._send(message)

    async def _send_no_body(self) -> None:
        """End the response to HEAD after its headers, at once: the body of a stream may never end."""
        if not self._is_complete:
            self._is_complete = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _enforce_limits(self, content_length: str | None) -> None:
        if (
            self._limit is not None
            and content_length
            and content_length.isdigit()
            and int(content_length) > self._limit
        ):
            raise TooLarge(_at_most(self._limit))
        if "\x00" in self._scope["path"] or b"%00" in self._scope["query_string"]:
            raise Invalid([{"pointer": "", "detail": "neither the path nor the query may hold NUL"}])

    def _headers(self, present: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in present}
        yield b"x-request-id", self._request_id.encode()
        yield b"x-content-type-options", b"nosniff"
        if b"referrer-policy" not in names:
            yield b"referrer-policy", b"no-referrer"
        if b"cache-control" not in names and self._scope["path"].startswith("/v1/"):
            yield b"cache-control", b"no-store"
        quota: Quota | None = self._scope["state"].get("quota")
        if quota is not None:
            yield from quota.headers
        yield from self._scope["state"].get("deprecation", ())
        event_id = self._event_id()
        if event_id and b"heed-event" not in names:
            yield b"heed-event", event_id.encode()

    def _event_id(self) -> str | None:
        """Return the last event that the write has staged, or that of the first write if this one repeats it."""
        session = self._scope["state"].get("session")
        if session is None or self._method in SAFE_METHODS or not 200 <= self._status < 300:
            return None
        event_id = outbox.of(session).last_event_id
        return None if event_id is None else str(event_id)


def body_limit(path: str) -> int | None:
    """Return the size limit of the body; None for imports, which are streamed and not buffered."""
    if path.startswith(IMPORTS):
        return None
    return BATCH_LIMIT if path.endswith(":batch") else BODY_LIMIT


def _at_most(limit: int) -> str:
    return f"The body may have at most {limit // MIB} MiB."


def _caller(scope: Scope) -> dict[str, str]:
    caller = scope["state"].get("caller")
    return {} if caller is None else {"caller": caller.id}
