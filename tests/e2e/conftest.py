"""The product that the walks are walked through: one that runs already, the embedded one, or processes on Kafka."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.product import EmbeddedProduct


@dataclass(frozen=True)
class Product:
    """Where the product answers, and the key of its owner."""

    base_url: str
    token: str


@pytest.fixture(scope="session")
def product(request: pytest.FixtureRequest) -> Iterator[Product]:
    """`HEED_E2E_URL` and `HEED_E2E_TOKEN` name one that runs; `HEED_E2E=kafka` starts processes on a real Kafka."""
    if url := os.environ.get("HEED_E2E_URL"):
        yield Product(url.rstrip("/"), os.environ["HEED_E2E_TOKEN"])
    elif os.environ.get("HEED_E2E") == "kafka":
        yield request.getfixturevalue("kafka_product")
    else:
        embedded = EmbeddedProduct()
        try:
            embedded.start()
            yield Product(embedded.base_url, embedded.token)
        finally:
            embedded.stop()
            embedded.remove()
