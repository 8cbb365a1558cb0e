"""The Kafka of this test run: the one that is named, or a real one of our own where it can be fetched."""

import os
from collections.abc import Iterator

import pytest

from tests.kafka_server import KafkaServer, why_not


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Its bootstrap address. Each test uses topics of its own."""
    if address := os.environ.get("HEED_TEST_KAFKA"):
        yield address
        return
    refuse_without_kafka()
    server = KafkaServer()
    try:
        server.start()
        yield server.bootstrap
    finally:
        server.remove()


@pytest.fixture(scope="module")
def _own_kafka() -> Iterator[KafkaServer]:
    refuse_without_kafka()
    server = KafkaServer()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def kafka_server(_own_kafka: KafkaServer) -> KafkaServer:
    """A broker that the test may kill and leave so: only tests of the same file have it too."""
    try:
        _ = _own_kafka.pid
    except RuntimeError:
        _own_kafka.start()
    return _own_kafka


def refuse_without_kafka() -> None:
    """Skips where no Kafka can run; with `HEED_REQUIRE_KAFKA=1` that is a failure."""
    if reason := why_not():
        message = f"{reason}; or set HEED_TEST_KAFKA to a bootstrap address"
        if os.environ.get("HEED_REQUIRE_KAFKA"):
            pytest.fail(message)
        pytest.skip(message)
