"""HTTP API and workers as two processes: one address, nothing lost, and none outlives the other."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PATIENCE = 120.0
MODULE = b"heed.worker_process"
LINE = {"sku": "A-1", "category": "kitchen", "quantity": "1", "unit_price": "12.50"}


@pytest.fixture
def product() -> Iterator[EmbeddedProduct]:
    product = EmbeddedProduct(HEED_PROCESSES="2", HEED_LOG_LEVEL="WARNING")
    try:
        product.start()
        yield product
    finally:
        product.remove()


def connect(product: EmbeddedProduct) -> httpx.Client:
    headers = {"Authorization": f"Bearer {product.token}", "Prefer": "wait=30"}
    return httpx.Client(base_url=product.base_url, headers=headers, timeout=PATIENCE)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return result


def workers_of(parent: int) -> list[int]:
    """The live processes of workers that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, ppid = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(ppid) == parent and state != "Z" and MODULE in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def has_ended(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def parent_of(product: EmbeddedProduct) -> int:
    assert product._process is not None
    return product._process.pid


def register(client: httpx.Client) -> str:
    response = client.post("/v1/customers", json={"kind": "individual", "name": "Li Wei"}).raise_for_status()
    return str(response.json()["id"])


def buy(client: httpx.Client, customer_id: str, number: int) -> str:
    body = {"customer_id": customer_id, "external_id": f"{customer_id}-{number}", "currency": "USD", "lines": [LINE]}
    response = client.post("/v1/purchases", json=body | {"occurred_at": f"2026-01-{number % 28 + 1:02}T12:00:00Z"})
    return response.raise_for_status().headers["Heed-Event"]


def score_after(client: httpx.Client, customer_id: str, event_id: str) -> dict[str, Any]:
    """The score that knows the event, however often the workers die meanwhile."""

    def get() -> dict[str, Any] | None:
        response = client.get(f"/v1/scores/{customer_id}", params={"after": event_id})
        assert response.status_code in (200, 503), response.text
        return response.json() if response.status_code == 200 else None

    score: dict[str, Any] = until(get)
    return score


def published(score: dict[str, Any]) -> dict[str, Any]:
    return {name: score[name] for name in ("value", "churn_risk", "loyalty") if name in score}


def test_workers_killed_under_load_lose_nothing_and_count_nothing_twice(product):
    """The customer whose events met the kills has the numbers of a twin who bought the same in peace."""
    parent, purchases = parent_of(product), 120
    with connect(product) as client:
        unlucky, twin = register(client), register(client)
        events = [buy(client, twin, number) for number in range(purchases)]
        expected = score_after(client, twin, events[-1])
        is_done = threading.Event()

        def kill() -> int:
            kills = 0
            while not is_done.wait(0.5):
                for pid in workers_of(parent):
                    os.kill(pid, signal.SIGKILL)
                    kills += 1
            return kills

        with ThreadPoolExecutor() as pool:
            killing = pool.submit(kill)
            until(lambda: not workers_of(parent))
            events = [buy(client, unlucky, number) for number in range(purchases)]
            is_done.set()
            assert killing.result() >= 1
        scores = [score_after(client, unlucky, event) for event in (events[0], events[-1])]
    assert published(expected) == published(scores[-1])
    assert published(expected)
    assert "process workers ended (SIGKILL)" in product.output
    assert product.stop() == 0


def test_readiness_names_workers_that_are_away_and_metrics_add_up_over_the_processes(product):
    with connect(product) as client:
        customer_id = register(client)
        score_after(client, customer_id, buy(client, customer_id, 1))
        published_events = 'heed_relay_published_total{service="customer"}'
        lines = client.get("/metrics").text.splitlines()
        (line,) = [line for line in lines if line.startswith(published_events)]
        assert float(line.rpartition(" ")[2]) >= 2
        assert len(lines) == len(set(lines))
        for pid in workers_of(parent_of(product)):
            os.kill(pid, signal.SIGKILL)

        def outcome(name: str) -> str:
            return str(client.get("/readyz").json()["checks"][name])

        assert until(lambda: "process workers" in outcome("scoring.restarts"))
        assert outcome("scoring.loops") == "ok", "the HTTP API serves meanwhile"
        until(lambda: outcome("scoring.restarts") == "ok")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_both_in_order(product, number):
    (workers,) = until(lambda: workers_of(parent_of(product)))
    assert product.stop(number) == 0
    assert has_ended(workers)


def test_workers_do_not_outlive_a_killed_parent_and_the_next_start_adopts_what_is_there(product):
    (workers,) = until(lambda: workers_of(parent_of(product)))
    with connect(product) as client:
        customer_id = register(client)
        event = buy(client, customer_id, 1)
    product.kill()
    until(lambda: has_ended(workers))
    product.start()
    with connect(product) as client:
        score_after(client, customer_id, event)
    assert product.stop() == 0
