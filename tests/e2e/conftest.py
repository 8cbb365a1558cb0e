"""The product that the walks walk through: the embedded one, processes on a real Kafka, or one that is named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from heed.postgres_server import Cluster
from tests.e2e.processes import running_processes
from tests.e2e.product import EmbeddedProduct
from tests.kafka import refuse_without_kafka
from tests.kafka_server import KafkaServer
from tests.otlp_receiver import Collector, running_collector

KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


@dataclass(frozen=True)
class Address:
    """Where the product answers, the key of its owner, and where its Kafka is, if it has one of ours."""

    base_url: str
    token: str
    kafka: str = ""
    collector: Collector | None = None
    """Gets the spans of requests with a sampled `traceparent`."""


def shapes(*marks_on_kafka: pytest.MarkDecorator) -> list[object]:
    """`HEED_E2E_URL` and `HEED_E2E_TOKEN` name one that runs; `HEED_E2E` chooses one of ours."""
    if "HEED_E2E_URL" in os.environ:
        return ["named"]
    chosen, kafka = os.environ.get("HEED_E2E"), pytest.param("kafka", marks=[pytest.mark.kafka, *marks_on_kafka])
    return [shape for name, shape in (("embedded", "embedded"), ("kafka", kafka)) if chosen in (None, name)]


@pytest.fixture(scope="session", params=shapes())
def product(request: pytest.FixtureRequest) -> Iterator[Address]:
    """Each walk is walked through every shape."""
    if request.param == "named":
        yield Address(os.environ["HEED_E2E_URL"].rstrip("/"), os.environ["HEED_E2E_TOKEN"])
    elif request.param == "kafka":
        with _on_kafka(request.getfixturevalue("cluster")) as running:
            yield running
    else:
        with _embedded() as running:
            yield running


@contextmanager
def _embedded() -> Iterator[Address]:
    with running_collector() as collector:
        to_this_machine = {"HEED_WEBHOOK_ALLOW_HTTP": "true", "HEED_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
        embedded = EmbeddedProduct(**_traces(collector), **to_this_machine)
        try:
            embedded.start()
            yield Address(embedded.base_url, embedded.token, collector=collector)
            assert embedded.stop() == 0
        finally:
            embedded.remove()


def _traces(collector: Collector) -> dict[str, str]:
    """Return the settings that export the traces of those callers only that ask for it."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


@contextmanager
def _on_kafka(cluster: Cluster) -> Iterator[Address]:
    refuse_without_kafka()
    server = KafkaServer()
    try:
        server.start()
        with (
            running_collector() as collector,
            running_processes(cluster, server.url, **_traces(collector)) as processes,
        ):
            yield Address(processes.base_url, processes.token, server.bootstrap, collector)
    finally:
        server.remove()
