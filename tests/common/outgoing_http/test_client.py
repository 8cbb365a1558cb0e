"""A client that posts to one receiver: what a connection goes to, and responses of receivers that mean harm."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import httpcore
import pytest

from heed_common.outgoing_http import names
from heed_common.outgoing_http.addresses import AddressPolicy, parse_networks
from heed_common.outgoing_http.client import GuardedClient, PostFailed
from tests.webhook_receiver import Received, receiver

pytestmark = pytest.mark.asyncio
PUBLIC = AddressPolicy()
LOCAL = AddressPolicy(allow_http=True, allowed_networks=parse_networks("127.0.0.0/8"))


async def post(url: str, *, policy: AddressPolicy = LOCAL, address: str = "127.0.0.1", seconds: float = 30.0) -> int:
    async def resolve(_: str, __: int) -> Sequence[str]:
        return [address]

    client = GuardedClient(policy, seconds=seconds, resolve=resolve)
    try:
        return (await client.post(url, b"{}", {"content-type": "application/json"})).status
    finally:
        await client.close()


async def test_the_connection_goes_to_the_checked_address_and_names_the_host():
    async with receiver() as shop:
        assert await post(f"http://shop.example:{shop.port}/hook?x=1") == 200
        assert shop.requests[0].headers["host"] == f"shop.example:{shop.port}"
        with pytest.raises(PostFailed, match="address_refused"):
            await post(f"http://shop.example:{shop.port}/", address="10.0.0.1")
        with pytest.raises(PostFailed, match="address_refused"):
            await post(f"http://shop.example:{shop.port}/", policy=PUBLIC)
    assert len(shop.requests) == 1


async def test_a_redirect_is_a_response_and_is_not_followed():
    async def redirect(_: Received) -> tuple[int, dict[str, str]]:
        return 302, {"location": "http://127.0.0.1:1/"}

    async with receiver(redirect) as shop:
        assert await post(shop.url) == 302
        assert len(shop.requests) == 1


async def test_a_receiver_that_does_not_respond_or_is_down_has_an_error_code():
    silent = asyncio.Event()

    async def hang(_: Received) -> tuple[int, dict[str, str]]:
        await silent.wait()
        return 200, {}

    async with receiver(hang) as shop:
        with pytest.raises(PostFailed, match="timeout"):
            await post(shop.url, seconds=0.2)
        silent.set()
    with pytest.raises(PostFailed, match="connection_refused"):
        await post("http://127.0.0.1:1/")


@asynccontextmanager
async def hostile(*parts: bytes, again: bytes = b"", pause: float = 0.0) -> AsyncIterator[str]:
    """Serve a response of these parts, then the last one again and again."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n{}")
            writer.writelines(parts)
            await writer.drain()
            while again:
                writer.write(again)
                await writer.drain()
                await asyncio.sleep(pause)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()


HEAD, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
LINES = b"a: b\r\n" * 1000
LONG = {
    "an endless body": ((HEAD, b"\r\n"), b"x" * 65_536, 200),
    "a body of terabytes": ((HEAD, b"content-length: 99999999999999\r\n\r\n"), b"x" * 65_536, 200),
    "endless small chunks": ((CHUNKED,), b"1\r\nx\r\n" * 10_000, 200),
    "endless extensions of chunks": ((CHUNKED,), b"1;" + b"e" * 60_000 + b"\r\nx\r\n", None),
    "endless trailers": ((CHUNKED, b"0\r\n"), LINES, None),
    "endless headers": ((HEAD,), LINES, None),
    "one endless header": ((HEAD, b"a: "), b"b" * 65_536, None),
    "endless early hints": ((), b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, None),
}


@pytest.mark.parametrize("case", LONG)
async def test_a_response_without_end_is_read_to_a_limit(case):
    """The time limit of a test run is far away: each of these would last until then."""
    parts, again, status = LONG[case]
    async with hostile(*parts, again=again) as url:
        if status is None:
            with pytest.raises(PostFailed, match="connection_lost"):
                await post(url, seconds=600)
        else:
            assert await post(url, seconds=600) == status


SHORT = {
    "no HTTP": (b"\x00\xff\xfe garbage\r\n\r\n", "connection_lost"),
    "a switch of protocols": (b"HTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nzzz", "connection_lost"),
    "a status that is none": (b"HTTP/1.1 000 x\r\n\r\n", "connection_lost"),
    "a negative length": (HEAD + b"content-length: -1\r\n\r\n", "connection_lost"),
    "a head that stops": (HEAD + b"a: ", "timeout"),
    "a body that stops": (HEAD + b"content-length: 9\r\n\r\nx", "timeout"),
}


@pytest.mark.parametrize("case", SHORT)
async def test_a_response_that_is_none_has_an_error_code(case):
    response, error = SHORT[case]
    async with hostile(response) as url:
        with pytest.raises(PostFailed, match=error):
            await post(url, seconds=0.2 if error == "timeout" else 600)


async def test_the_time_limit_holds_for_all_of_a_response_that_drips():
    async with hostile(HEAD, again=b"a", pause=0.01) as url:
        with pytest.raises(PostFailed, match="timeout"):
            await post(url, seconds=0.2)


async def cancel_after_each_step(post: Callable[[], Awaitable[object]]) -> None:
    """Cancel a request before its first step, after its first, and so on until one is through."""
    for steps in range(200):
        task = asyncio.ensure_future(post())
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            assert steps > 10
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_request_that_was_cancelled_at_any_step_holds_no_connection():
    """With the pool of httpcore a receiver that is often late gets no request any more."""
    async with receiver() as shop:
        client = GuardedClient(LOCAL, seconds=600)
        await cancel_after_each_step(lambda: client.post(shop.url, b"{}", {}))
        assert (await client.post(shop.url, b"{}", {})).status == 200
        await client.close()
        async with httpcore.AsyncConnectionPool(max_connections=1) as pool:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await cancel_after_each_step(lambda: pool.request("POST", shop.url, content=b"{}"))
            requests = len(shop.requests)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pool.request("POST", shop.url, content=b"{}"), 0.1)
            assert len(shop.requests) == requests


async def test_a_name_server_that_does_not_respond_delays_only_its_own_names(monkeypatch):
    """The event loop has a handful of threads for all names: with those, the second client would wait, too."""
    released = threading.Event()

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        if host == "tarpit.example":
            released.wait()
        return [(None, None, None, "", ("127.0.0.1", port))]

    monkeypatch.setattr(names.socket, "getaddrinfo", look_up)
    async with receiver() as shop:
        stuck, good = (GuardedClient(LOCAL, seconds=seconds) for seconds in (0.2, 600))
        requests = [stuck.post(f"http://tarpit.example:{shop.port}/", b"{}", {}) for _ in range(50)]
        failed = await asyncio.gather(*requests, return_exceptions=True)
        assert {str(error) for error in failed} == {"timeout"}
        assert (await good.post(f"http://good.example:{shop.port}/", b"{}", {})).status == 200
        released.set()
        await stuck.close()
        await good.close()
