"""A frozen PostgreSQL, and callers who send their bodies drop by drop: the product survives both."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.product import EmbeddedProduct

CALLERS = 40
SLOW_CALLERS = 20
PATIENCE = 90.0
pytestmark = [pytest.mark.asyncio, pytest.mark.e2e, pytest.mark.slow]


@contextlib.asynccontextmanager
async def running(**environment):
    product = EmbeddedProduct(**environment)
    try:
        await asyncio.to_thread(product.start)
        yield product
        assert await asyncio.to_thread(product.stop) == 0
    finally:
        await asyncio.to_thread(product.remove)


def processes_of(postmaster):
    """The server's own number and those of its children."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, children)]


@contextlib.contextmanager
def frozen(product):
    """Freeze all processes of PostgreSQL meanwhile."""
    pids = processes_of(product.postgresql_pid())
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


class Shop:
    """Registers customers as fast as it is answered, and notes what was acknowledged."""

    def __init__(self, product):
        self.product, self.acknowledged, self.refused = product, set(), []
        self._ended = asyncio.Event()

    async def run(self):
        headers = {"Authorization": f"Bearer {self.product.token}"}
        limits = httpx.Limits(max_connections=CALLERS)
        async with httpx.AsyncClient(
            base_url=self.product.base_url, headers=headers, limits=limits, timeout=150
        ) as client:
            await asyncio.gather(*(self._register(client) for _ in range(CALLERS)))

    async def until_acknowledged(self, number):
        async with asyncio.timeout(PATIENCE):
            while len(self.acknowledged) < number:
                await asyncio.sleep(0.02)

    def end(self):
        self._ended.set()

    async def _register(self, client):
        while not self._ended.is_set():
            answer = await client.post("/v1/customers", json={"kind": "individual", "name": "Ana"})
            if answer.status_code == 201:
                self.acknowledged.add(answer.json()["id"])
            else:
                self.refused.append(answer.status_code)
                await asyncio.sleep(0.5)


async def stored(product):
    """All customers that there are."""
    found, cursor = set(), None
    headers = {"Authorization": f"Bearer {product.token}"}
    async with httpx.AsyncClient(base_url=product.base_url, headers=headers, timeout=60) as client:
        while True:
            params = {"limit": 200} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/v1/customers", params=params)).json()
            found |= {item["id"] for item in page["items"]}
            if (cursor := page["next_cursor"]) is None:
                return found


async def until_ready(product):
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(product.is_ready):
            await asyncio.sleep(0.2)


async def survive_freeze(seconds, **environment):
    async with running(**environment) as product:
        shop = Shop(product)
        selling = asyncio.create_task(shop.run())
        await shop.until_acknowledged(1)
        with frozen(product):
            before = len(shop.acknowledged)
            await asyncio.sleep(seconds)
            async with httpx.AsyncClient(base_url=product.base_url, timeout=5) as client:
                assert (await client.get("/livez")).status_code == 200
        await shop.until_acknowledged(before + CALLERS)
        shop.end()
        await selling
        await until_ready(product)
        assert set(shop.refused) == {503}, "nobody waited for a connection in vain, or was told otherwise"
        assert shop.acknowledged <= await stored(product)


async def test_postgresql_is_frozen_for_longer_than_requests_wait_for_a_connection():
    await survive_freeze(4, HEED_DATABASE_POOL_TIMEOUT="1")


@pytest.mark.repeated
@pytest.mark.alone
async def test_postgresql_is_frozen_for_a_minute():
    await survive_freeze(60)


async def _trickle(product, token, ended):
    """A request whose body never comes to its end."""
    _, writer = await asyncio.open_connection("127.0.0.1", product.port)
    head = (
        f"POST /v1/customers HTTP/1.1\r\nHost: heed\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {id(writer)}\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{{"
    )
    writer.write(head.encode())
    await writer.drain()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), 3600)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def test_twenty_slow_uploads_end_nothing():
    async with running(HEED_DATABASE_POOL_TIMEOUT="1") as product:
        token = await asyncio.to_thread(product.command, "token", "create", "--scope", "admin:read")
        ended = asyncio.Event()
        uploads = [asyncio.create_task(_trickle(product, token, ended)) for _ in range(SLOW_CALLERS)]
        headers = {"Authorization": f"Bearer {product.token}"}
        async with httpx.AsyncClient(base_url=product.base_url, headers=headers, timeout=60) as client:
            for _ in range(20):  # Longer than requests wait for a connection.
                assert (await client.get("/livez")).status_code == 200
                await asyncio.sleep(0.2)
            ended.set()
            await asyncio.gather(*uploads)
            await until_ready(product)
            answer = await client.post("/v1/customers", json={"kind": "individual", "name": "Ana"})
            assert answer.status_code == 201
