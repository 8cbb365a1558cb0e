"""Requests do not block each other: the longest step of the event loop for each of them, in processor time.

Processor time of the loop's thread and not the clock on the wall: the machine may be busy with something else.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from threading import Thread
from time import sleep, thread_time
from typing import Any

import httpx
import pytest
import uvloop

from heed.app import ProductMetrics, create_app
from heed.interface_docs.write import describe
from heed.services import all_services
from heed_common.auth.scopes import SCOPES, Caller
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.gc_tuning import freeze_startup_objects
from heed_common.health import Readiness
from heed_common.http.app import prepare_routes
from heed_common.http.limits import ConnectionLimits
from heed_common.http.server import Server
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from tests.common.test_processes import free_port
from tests.databases import Databases

pytestmark = pytest.mark.slow

LIMIT_SECONDS = 0.25
SMALL = 64 * 1024
MIB = 1024 * 1024
BEAT_SECONDS = 0.001


class Owner:
    """Authenticates every token with all scopes."""

    async def authenticate(self, token: str) -> Caller:
        return Caller("key:owner", SCOPES)


class Product:
    """All four services behind one address, in a thread, with a probe that measures every step of the event loop."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.port = free_port()
        self.longest = 0.0
        self._urls = urls
        self._server: Server | None = None

    def run(self) -> None:
        sys.settrace(None)  # What measures the coverage of all other tests would count as the time of the product.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        resources = {name: Resources(Database(url), SystemClock(), Metrics(name)) for name, url in self._urls.items()}
        services = {each.name: each for each in all_services()}
        apps = {}
        for name, own in resources.items():
            settings = services[name].settings.load(database_url=self._urls[name])
            apps[name] = services[name].create_app(settings, own)
            apps[name].state.authenticator = Owner()
            prepare_routes(apps[name])
        metrics = ProductMetrics([own.metrics for own in resources.values()])
        app = create_app(
            apps,
            documents=lambda: describe(list(services.values()), {name: app.openapi() for name, app in apps.items()}),
            readiness=Readiness(),
            metrics=metrics,
            authenticator=Owner(),
        )
        self._server = Server(app, host="127.0.0.1", port=self.port, limits=ConnectionLimits(), metrics=metrics)
        beating = asyncio.create_task(self._beat())
        await self._server.serve()
        beating.cancel()
        for own in resources.values():
            await own.close()

    async def _beat(self) -> None:
        while True:
            began = thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            self.longest = max(self.longest, thread_time() - began)

    def wait(self) -> None:
        while self._server is None or not self._server.started:
            sleep(0.05)

    def stop(self) -> None:
        assert self._server is not None
        self._server.should_exit = True


@pytest.fixture(scope="module")
def product(databases: Databases) -> Iterator[Product]:
    names = {each.name: asyncio.run(databases.clone(each.package)) for each in all_services()}
    freeze_startup_objects()  # What thousands of other tests have left is nothing that the product would look through.
    product = Product({name: databases.url(database) for name, database in names.items()})
    thread = Thread(target=product.run)
    thread.start()
    try:
        product.wait()
        customer = {"external_id": "c1", "kind": "individual", "name": "Ana"}
        assert ask(product, "POST", "/v1/customers", customer).status_code == 201
        yield product
    finally:
        product.stop()
        thread.join()
    for database in names.values():
        asyncio.run(databases.drop(database))


def ask(product: Product, method: str, path: str, body: object = b"") -> httpx.Response:
    content = (
        body if isinstance(body, bytes) else None if body is None else json.dumps(body, separators=(",", ":")).encode()
    )
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    product.longest = 0.0
    return httpx.request(
        method, f"http://127.0.0.1:{product.port}{path}", content=content, headers=headers, timeout=120
    )


def purchases(items: int, lines: int, *, line: object = None) -> dict[str, Any]:
    line = line or {"sku": "A-1", "category": "kitchen", "quantity": "1", "unit_price": "12.50"}
    head = {"customer_external_id": "c1", "occurred_at": "2026-01-05T12:00:00Z", "currency": "USD"}
    return {"items": [{"external_id": f"{items}-{lines}-{n}", **head, "lines": [line] * lines} for n in range(items)]}


def wrong_purchases(items: int, lines: int) -> bytes:
    return json.dumps({"items": [{"lines": [{}] * lines}] * items}, separators=(",", ":")).encode()


def members(count: int) -> dict[str, int]:
    return {f"m{n}": 1 for n in range(count)}


BATCH, COMPLAINTS = "/v1/purchases:batch", "/v1/complaints"
REQUESTS: dict[str, tuple[str, object, int]] = {
    "a batch of 100 x 1000 empty lines": (BATCH, wrong_purchases(100, 1000), 422),
    "a batch of 1000 x 1000 empty lines": (BATCH, wrong_purchases(1000, 1000), 422),
    "a batch of 1000 x 20 empty lines": (BATCH, wrong_purchases(1000, 20), 200),
    "a batch of 20 x 1000 empty lines": (BATCH, wrong_purchases(20, 1000), 200),
    "a good batch of 110 x 1000 lines": (BATCH, purchases(110, 1000), 422),
    "a good batch of 25 x 1000 lines": (BATCH, purchases(25, 1000), 413),
    "a good batch of 20 x 1000 lines": (BATCH, purchases(20, 1000), 200),
    "a good batch of 1000 x 20 lines": (BATCH, purchases(1000, 20), 200),
    "a purchase of 1000 lines": ("/v1/purchases", purchases(1, 1000)["items"][0], 201),
    "250,000 attachments": (COMPLAINTS, {"attachments": [{}] * 250_000}, 422),
    "190,000 attachments": (COMPLAINTS, {"attachments": [{}] * 190_000}, 422),
    "80,000 members": (COMPLAINTS, members(80_000), 422),
    "80,000 facts": (f"{COMPLAINTS}/018f0000-0000-7000-8000-000000000000/facts", {"facts": members(80_000)}, 422),
    "a mebibyte of brackets": (COMPLAINTS, b"[" * MIB, 422),
    "eight mebibytes of brackets": (BATCH, b"[" * 8 * MIB, 422),
    "deep JSON": (COMPLAINTS, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
    "many lists in lists": (COMPLAINTS, b"[" + b"[[[[]]]]," * 40_000 + b"1]", 422),
    "long numbers": (BATCH, b'{"items":[' + b"9" * 4000 + b"," + b"9" * 4000 + b"]}", 400),
    "many numbers": (BATCH, b'{"items":[' + b"1e300," * 190_000 + b"1]}", 413),
    "many escapes": (BATCH, b'{"items":["' + b"\\u4e2d" * 1_300_000 + b'"]}', 200),
    "a long name": (COMPLAINTS, {"description": "x" * 900_000}, 422),
    "digits for a number": (COMPLAINTS, {"amount_at_stake": {"amount": "1" * 900_000}}, 422),
    "words for a moment": (COMPLAINTS, {"occurred_at": "2026-01-05T12:00:00." + "1" * 900_000}, 422),
    "words for a code": (COMPLAINTS, {"category": "a." * 400_000}, 422),
    "a wide condition": (
        "/v1/intake/rules",
        {"rules": [{"when": {"all": [{"field": "channel", "op": "eq", "value": "web"}] * 20_000}}]},
        422,
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_request_blocks_others_and_no_response_is_large(product, name):
    path, body, status = REQUESTS[name]
    method = "PUT" if path.endswith(("rules", "facts")) else "POST"
    answer = ask(product, method, path, body)
    assert answer.status_code == status, answer.text[:500]
    assert len(answer.content) <= (SMALL if status >= 400 else 8 * SMALL)
    assert product.longest <= LIMIT_SECONDS


@pytest.mark.parametrize("path", ["/openapi.json", "/asyncapi.json", "/docs", "/v1/complaints", "/v1/scores"])
def test_the_first_request_of_a_kind_does_not_block_others(product, path):
    """The documents are generated at their first request, which needs no token."""
    assert ask(product, "GET", path).status_code == 200
    assert product.longest <= LIMIT_SECONDS


def test_five_hundred_readiness_requests_share_few_checks():
    checks = 0

    async def check() -> None:
        nonlocal checks
        checks += 1
        await asyncio.sleep(0.1)

    async def ask_all() -> None:
        readiness = Readiness()
        readiness.add("database", check)
        reports = await asyncio.gather(*(readiness.report() for _ in range(500)))
        assert all(report.is_ready for report in reports)

    asyncio.run(ask_all())
    assert checks == 1
