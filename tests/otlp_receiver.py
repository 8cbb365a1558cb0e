"""A collector on loopback: it decodes what the real exporter sends."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

PATIENCE = 60.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it was exported."""

    service: str
    name: str
    kind: int
    trace_id: str
    id: str
    parent: str
    failed: bool
    attributes: Mapping[str, str | int]


@dataclass(slots=True)
class Collector:
    """What has arrived, and whether requests are answered."""

    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    """The header `api-key` of each request."""
    status: int = 200
    answers: threading.Event = field(default_factory=threading.Event)

    def of_trace(self, trace_id: str) -> list[ReceivedSpan]:
        return [span for span in list(self.spans) if span.trace_id == trace_id]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, [span.name for span in self.spans]
            time.sleep(POLL_SECONDS)


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()
    collector.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.keys.append(self.headers.get("api-key"))
            collector.answers.wait()
            if collector.status == 200:
                collector.spans += _decode(body)
            self.send_response(collector.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_SECONDS})
    thread.start()
    try:
        yield collector
    finally:
        collector.answers.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _decode(body: bytes) -> Iterator[ReceivedSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = str(_attributes(resource.resource.attributes)["service.name"])
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield ReceivedSpan(
                    service,
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.status.code == 2,
                    _attributes(span.attributes),
                )


def _attributes(pairs: "Iterator[KeyValue] | object") -> dict[str, str | int]:
    return {pair.key: pair.value.string_value or pair.value.int_value for pair in pairs}  # type: ignore[attr-defined]
