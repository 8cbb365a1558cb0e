"""The real exporter against a collector that decodes its requests."""

import subprocess
import sys
import time

import pytest
from opentelemetry.trace import SpanKind
from prometheus_client.parser import text_string_to_metric_families

from heed_common.metrics import Metrics
from heed_common.settings import SettingsError
from heed_common.tracing import process
from heed_common.tracing.export import SpanExport
from tests.otlp_receiver import running_collector

pytestmark = pytest.mark.slow


@pytest.fixture
def collector(monkeypatch):
    with running_collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


def start_spans(spans, metrics, count):
    tracer = spans.tracer(metrics, messaging_system="heed")
    for number in range(count):
        tracer.start(f"span {number}", SpanKind.SERVER, parent=None, attributes={"number": number}).end()


def outcomes(metrics):
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        sample.labels["outcome"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "heed_trace_spans_total"
    }


def test_each_service_of_a_process_exports_under_its_name_and_the_end_sends_the_last_ones(collector):
    spans, customer, scoring = SpanExport(), Metrics("customer"), Metrics("scoring")
    start_spans(spans, customer, 2)
    start_spans(spans, scoring, 1)
    spans.close()
    arrived = sorted((span.service, span.name) for span in collector.spans)
    assert arrived == [("heed-customer", "span 0"), ("heed-customer", "span 1"), ("heed-scoring", "span 0")]
    assert (outcomes(customer), outcomes(scoring)) == ({"exported": 2}, {"exported": 1})


def test_the_operators_name_comes_before_our_own_and_the_key_may_be_in_a_file(collector, monkeypatch, tmp_path):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "desk")
    (tmp_path / "headers").write_text("api-key=secret\n")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS_FILE", str(tmp_path / "headers"))
    spans = SpanExport()
    start_spans(spans, Metrics("customer"), 1)
    spans.close()
    assert ([span.service for span in collector.spans], collector.keys) == (["desk"], ["secret"])


def test_while_the_collector_does_not_answer_the_queue_is_bounded_and_the_end_too(collector, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    collector.answers.clear()
    spans, metrics = SpanExport(), Metrics("customer")
    start_spans(spans, metrics, 25)
    assert outcomes(metrics) == {"queue_full": 15}
    began = time.monotonic()
    spans.close(seconds=0.2)
    assert time.monotonic() - began < 5  # The exporter's own limit is 10 s for each request.


def test_spans_that_the_collector_refuses_are_counted(collector):
    collector.status = 400
    spans, metrics = SpanExport(), Metrics("customer")
    start_spans(spans, metrics, 3)
    spans.close()
    assert outcomes(metrics) == {"export_failed": 3}


async def export_opened():
    async with process.span_export() as spans:
        return spans


@pytest.mark.asyncio
async def test_without_the_variable_there_is_no_export(monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert await export_opened() is None


@pytest.mark.asyncio
async def test_without_the_extra_the_start_ends_with_what_is_missing(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9/v1/traces")
    monkeypatch.delitem(sys.modules, "heed_common.tracing.export")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: is set, but opentelemetry"):
        await export_opened()


def test_without_the_variable_neither_the_exporter_nor_its_libraries_are_imported():
    program = (
        "import sys, heed_common.cli, heed_common.platform.app, heed_customer.worker;"
        "prefixes = 'opentelemetry.sdk', 'opentelemetry.exporter', 'google';"
        "print([name for name in sys.modules if name.startswith(prefixes)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
