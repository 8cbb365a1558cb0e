"""Starts the spans of one service in one process."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from heed_common.trace import WELL_FORMED, trace_context

ERROR_TYPE = "error.type"
SAMPLED = 1
KAFKA, OWN_LOG = "kafka", "heed"
"""Names of the broker; of the embedded log OpenTelemetry's conventions know none."""

Attributes = Mapping[str, str | int]


class Tracer:
    """Spans refer to each other by `traceparent`, as requests and events carry it."""

    def __init__(self, tracer: trace.Tracer, *, messaging_system: str) -> None:
        self.messaging_system = messaging_system
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    def start(
        self,
        name: str,
        kind: SpanKind,
        *,
        parent: str | None,
        attributes: Attributes,
        links: Sequence[str] = (),
    ) -> Span:
        """Start a span: a child of `parent`, or the first of a trace if that is missing or malformed."""
        return self._tracer.start_span(
            name,
            self._context(parent),
            kind,
            dict(attributes),
            [Link(trace.get_current_span(self._context(link)).get_span_context()) for link in links],
            record_exception=False,
            set_status_on_exception=False,
        )

    def _context(self, traceparent: str | None) -> Context:
        # An empty context, so that nothing of another library becomes the parent.
        return self._propagator.extract({} if traceparent is None else {"traceparent": traceparent}, Context())


@contextmanager
def block_span(
    tracer: Tracer, name: str, kind: SpanKind, *, parent: str | None, attributes: Attributes
) -> Iterator[Span]:
    """Record the block as a span, which is the cause of what happens inside; it fails with the block."""
    span = tracer.start(name, kind, parent=parent, attributes=attributes)
    try:
        with trace_context(traceparent_of(span)):
            yield span
    except BaseException as error:
        fail(span, getattr(error, "error", None) or type(error).__name__)
        raise
    finally:
        span.end()


def traceparent_of(span: Span) -> str:
    """Return the reference to a span."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def is_sampled(traceparent: str | None) -> bool:
    """Return whether the spans of the trace are exported: the first service that saw the request has decided it."""
    if traceparent is None or not WELL_FORMED.fullmatch(traceparent):
        return False
    return bool(int(traceparent[-2:], 16) & SAMPLED)


def fail(span: Span, error_type: str) -> None:
    """Mark the span as failed. The type is a class or a code: messages of errors may contain data of callers."""
    span.set_attribute(ERROR_TYPE, error_type)
    span.set_status(Status(StatusCode.ERROR))
