"""The README's subscriber, as a reader would run it: a plain Kafka client beside the product."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import KAFKA, Address

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LIMIT_SECONDS = 60


def lines() -> str:
    """The section has one program."""
    text = README.read_text()
    (program,) = BLOCK.findall(text[text.index("## A subscriber") : text.index("## How it fits")])
    return str(program)


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as subscriber:
        try:
            yield subscriber
        finally:
            subscriber.kill()


def causes_of(customer_id: str, subscriber: subprocess.Popen[str]) -> Iterator[str]:
    """What made that customer critical, line by line; other tests may have upset others before."""
    assert subscriber.stdout is not None
    giving_up = Timer(LIMIT_SECONDS, subscriber.kill)
    giving_up.start()
    try:
        for line in subscriber.stdout:
            subject, _, cause = line.split()
            if subject == customer_id:
                yield cause
    finally:
        giving_up.cancel()


def upset_customer(http: httpx.Client) -> str:
    """Return a customer who bought now and then, and now has a critical complaint."""
    customer = http.post("/v1/customers", json={"kind": "individual", "name": "Li Na"}).raise_for_status().json()["id"]
    line = {"sku": "kettle", "category": "kitchen", "quantity": "1", "unit_price": "120.00"}
    for days in (60, 30):
        purchase = {"customer_id": customer, "external_id": str(uuid4()), "currency": "USD", "lines": [line]}
        happened = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        http.post("/v1/purchases", json=purchase | {"occurred_at": happened}).raise_for_status()
    complaint = {"customer_id": customer, "channel": "phone", "category": "service", "severity": "critical"}
    texts = {"description": "It burns.", "occurred_at": datetime.now(UTC).isoformat()}
    http.post("/v1/complaints", json=complaint | texts).raise_for_status()
    return str(customer)


@pytest.mark.parametrize("product", [KAFKA], indirect=True)
def test_the_subscriber_of_the_readme_prints_who_went_critical(product: Address) -> None:
    program = lines()
    assert len([line for line in program.splitlines() if line]) <= 10
    for shown, here in (("kafka:9092", product.kafka), ('"critical", "auto', f'"{uuid4()}", "auto')):
        assert shown in program
        program = program.replace(shown, here)
    headers = {"Authorization": f"Bearer {product.token}"}
    with running(program) as subscriber, httpx.Client(base_url=product.base_url, headers=headers) as http:
        assert "heed.complaint.opened.v1" in causes_of(upset_customer(http), subscriber)
