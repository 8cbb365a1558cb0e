"""Spans of messages to customers, each with the request for its address inside."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import SpanKind

from heed_common.trace import current_traceparent
from heed_common.tracing.tracer import Tracer, block_span


@contextmanager
def message_span(tracer: Tracer | None, transport: str) -> Iterator[None]:
    """Record the block as an attempt to send a message; nothing without a tracer."""
    if tracer is None:
        yield
        return
    attributes = {"heed.message.transport": transport}
    name = f"send message {transport}"
    with block_span(tracer, name, SpanKind.CLIENT, parent=current_traceparent(), attributes=attributes):
        yield
