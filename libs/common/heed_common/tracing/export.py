"""Export of spans by OTLP over HTTP. Imported only where traces are exported: it needs the extra `otel`.

Requests never wait for it: spans that find the queue full are dropped, and counted.
"""

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.util.re import parse_env_headers

from heed_common.identifiers import new_id_text
from heed_common.metrics import Metrics
from heed_common.secret_settings import read_secret
from heed_common.tracing.settings import batch_size, queue_size
from heed_common.tracing.tracer import Tracer

FLUSH_SECONDS = 3.0
"""How long a process that ends waits for the collector to accept its last spans."""
EXPORTED, QUEUE_FULL, FAILED = "exported", "queue_full", "export_failed"

log = logging.getLogger(__name__)


class SpanExport:
    """The queue of one process and the thread that sends it; the services of the process share both."""

    def __init__(self) -> None:
        self._outcomes = _Outcomes()
        self._exporter = _CountingExporter(OTLPSpanExporter(headers=_headers()), self._outcomes)
        size = queue_size(os.environ)
        batches = BatchSpanProcessor(self._exporter, max_queue_size=size, max_export_batch_size=batch_size(os.environ))
        self._queue = _BoundedQueue(batches, self._outcomes, size=size)
        self._instance_id = new_id_text()

    def tracer(self, metrics: Metrics, *, messaging_system: str) -> Tracer:
        """Return the tracer of a service, described by `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`."""
        scope = f"heed_{metrics.service}"
        self._outcomes.add(scope, metrics)
        own = Resource(
            {
                "service.name": f"heed-{metrics.service}",
                "service.namespace": "heed",
                "service.version": version("heed-common"),
                "service.instance.id": self._instance_id,
            }
        )
        provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        provider.add_span_processor(self._queue)
        return Tracer(provider.get_tracer(scope, version("heed-common")), messaging_system=messaging_system)

    def close(self, *, seconds: float = FLUSH_SECONDS) -> None:
        """Send what is in the queue within so many seconds."""
        flush = threading.Thread(target=self._queue.shutdown, name="last spans", daemon=True)
        flush.start()
        flush.join(seconds)
        if flush.is_alive():
            log.warning("traces: %d spans were not exported before the end", self._outcomes.waiting)
            self._exporter.shutdown()  # Its retries end; the thread ends with the process.


def _headers() -> Mapping[str, str]:
    """Return the headers for the collector, which may contain its key and so may be in a file."""
    text = read_secret("OTEL_EXPORTER_OTLP_TRACES_HEADERS") or read_secret("OTEL_EXPORTER_OTLP_HEADERS") or ""
    return parse_env_headers(text, liberal=True)


class _Outcomes:
    """Counts how spans ended, for the service of each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: dict[str, Metrics] = {}
        self.waiting = 0

    def add(self, scope: str, metrics: Metrics) -> None:
        self._metrics[scope] = metrics

    def reserve(self, *, size: int) -> bool:
        """Return whether one more span may wait."""
        with self._lock:
            if self.waiting >= size:
                return False
            self.waiting += 1
            return True

    def release(self, spans: Sequence[ReadableSpan], outcome: str) -> None:
        with self._lock:
            self.waiting -= len(spans)
        for span in spans:
            self.count(span, outcome)

    def count(self, span: ReadableSpan, outcome: str) -> None:
        scope = span.instrumentation_scope
        if scope is not None:
            self._metrics[scope.name].trace_spans.labels(outcome).inc()


class _BoundedQueue(SpanProcessor):
    """Drops and counts spans beyond the limit: the SDK's own queue does not count what it drops."""

    def __init__(self, batches: BatchSpanProcessor, outcomes: _Outcomes, *, size: int) -> None:
        self._batches = batches
        self._outcomes = outcomes
        self._size = size

    def on_end(self, span: ReadableSpan) -> None:
        if not span.context.trace_flags.sampled:
            return
        if self._outcomes.reserve(size=self._size):
            self._batches.on_end(span)
        else:
            self._outcomes.count(span, QUEUE_FULL)

    def shutdown(self) -> None:
        self._batches.shutdown()  # type: ignore[no-untyped-call] # the SDK's method lacks annotations


class _CountingExporter(SpanExporter):
    """Counts what the collector has accepted."""

    def __init__(self, exporter: OTLPSpanExporter, outcomes: _Outcomes) -> None:
        self._exporter = exporter
        self._outcomes = outcomes
        self._is_shut_down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            if not self._is_shut_down:
                result = self._exporter.export(spans)
        finally:
            self._outcomes.release(spans, EXPORTED if result is SpanExportResult.SUCCESS else FAILED)
        return result

    def shutdown(self) -> None:
        if not self._is_shut_down:
            self._is_shut_down = True
            self._exporter.shutdown()  # type: ignore[no-untyped-call] # the SDK's method lacks annotations
