"""A tracer whose spans stay in memory."""

from dataclasses import dataclass

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from heed_common.tracing.tracer import KAFKA, Tracer


@dataclass(frozen=True)
class Traced:
    """A tracer and the spans that have ended."""

    tracer: Tracer
    exporter: InMemorySpanExporter

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def traced() -> Traced:
    provider, exporter = TracerProvider(shutdown_on_exit=False), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Traced(Tracer(provider.get_tracer("heed_test"), messaging_system=KAFKA), exporter)
