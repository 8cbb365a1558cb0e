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

KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


@dataclass(frozen=True)
class Address:
    """Where the product answers, the key of its owner, and where its Kafka is, if it has one of ours."""

    base_url: str
    token: str
    kafka: str = ""


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
    embedded = EmbeddedProduct()
    try:
        embedded.start()
        yield Address(embedded.base_url, embedded.token)
        assert embedded.stop() == 0
    finally:
        embedded.remove()


@contextmanager
def _on_kafka(cluster: Cluster) -> Iterator[Address]:
    refuse_without_kafka()
    server = KafkaServer()
    try:
        server.start()
        with running_processes(cluster, server.url) as processes:
            yield Address(processes.base_url, processes.token, server.bootstrap)
    finally:
        server.remove()
