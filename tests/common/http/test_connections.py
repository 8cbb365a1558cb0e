"""Attacks at the socket: large and slow headers, silence, slow bodies, and many connections at once."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from time import perf_counter

import pytest
import pytest_asyncio
import uvloop
from fastapi import Request

from heed_common import http
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_common.http.limits import PROBE_CONNECTIONS, ConnectionLimits
from heed_common.http.server import Server
from heed_common.metrics import Metrics
from tests.common import sample_app
from tests.common.test_processes import free_port

pytestmark = pytest.mark.asyncio

LIMITS = ConnectionLimits(
    connections=4, header_seconds=1.0, keep_alive_seconds=2.0, linger_seconds=1.0, write_seconds=1.0
)
GET = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
PATIENCE = 20.0
"""Far more than any limit here: the machine may be busy."""


class Endpoint:
    """The sample service on a real socket."""

    def __init__(self, server: Server, port: int, metrics: Metrics) -> None:
        self.server, self.port, self.metrics = server, port, metrics
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, sent: bytes = b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        writer.write(sent)
        return reader, writer

    async def ask(self, sent: bytes) -> bytes:
        """Everything that comes until the server ends the connection."""
        reader, _ = await self.connect(sent)
        return await rest(reader)

    async def leave(self) -> None:
        """End all connections, whatever the server thinks of them."""
        for writer in self._writers:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()
        self._writers.clear()


async def rest(reader) -> bytes:
    return await asyncio.wait_for(reader.read(), PATIENCE)


def problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    document = json.loads(body)
    assert int(head.split()[1]) == document["status"]
    return document["status"], document["code"]


slow = http.router(prefix="/v1/slow", public=True)


@slow.post("")
async def swallow(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@slow.get("/long")
async def long_text() -> str:
    return "x" * 64 * 1024 * 1024


@asynccontextmanager
async def serving_samples(limits: ConnectionLimits, **settings: object):
    resources = sample_app.make_resources(
        Database("postgresql://nobody@127.0.0.1:1/nothing"), FakeClock.__new__(FakeClock)
    )
    app = sample_app.create_app(sample_app.make_settings(**settings), resources)
    app.include_router(slow)
    port = free_port()
    server = Server(app, host="127.0.0.1", port=port, limits=limits, metrics=resources.metrics)
    serving = asyncio.create_task(asyncio.to_thread(_serve, server))
    while not server.started:
        await asyncio.sleep(0.01)
    endpoint = Endpoint(server, port, resources.metrics)
    try:
        yield endpoint
    finally:
        await endpoint.leave()
        server.should_exit = True
        await serving


def _serve(server: Server) -> None:
    """On the loop of the product, whose transports are not asyncio's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve())


@pytest_asyncio.fixture
async def endpoint():
    async with serving_samples(LIMITS, body_seconds=1.0) as endpoint:
        yield endpoint


async def test_a_header_of_more_than_16_kib_is_refused_with_431(endpoint):
    large = b"GET /livez HTTP/1.1\r\nX: " + b"x" * 17 * 1024
    assert problem(await endpoint.ask(large + b"\r\n\r\n")) == (431, "header_too_large")
    assert problem(await endpoint.ask(large + b"x" * 1024 * 1024)) == (431, "header_too_large")
    fits = b"GET /livez HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * 15 * 1024 + b"\r\n\r\n"
    assert b"200 OK" in await endpoint.ask(fits)


async def test_many_small_fields_and_a_long_address_are_a_large_header_too(endpoint):
    fields = b"GET /livez HTTP/1.1\r\n" + b"a: b\r\n" * 4000 + b"\r\n"
    assert problem(await endpoint.ask(fields)) == (431, "header_too_large")
    address = b"GET /livez?" + b"q=1&" * 5000 + b" HTTP/1.1\r\n\r\n"
    assert problem(await endpoint.ask(address)) == (431, "header_too_large")


async def test_trailers_and_chunk_extensions_that_never_end_are_refused(endpoint):
    chunked = b"POST /v1/slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    for endless in (b"0\r\nX: ", b"1;"):
        reader, writer = await endpoint.connect(chunked + endless)
        with suppress(ConnectionError):  # Its end is noticed at once, by the reader or by the writer.
            async with dripping(writer, b"x" * 10_000):
                await rest(reader)
    assert refused(endpoint)["header_size"] == 2


async def test_chunks_of_one_byte_are_a_body_like_any_other(endpoint):
    head = b"POST /v1/slow HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader, writer = await endpoint.connect(head)
    for _ in range(20):
        writer.write(b"1\r\nx\r\n" * 500)
        await asyncio.sleep(0.005)
    writer.write(b"0\r\n\r\n")
    assert b'{"bytes":10000}' in await rest(reader)


async def test_a_header_that_does_not_come_to_its_end_is_given_up_with_408(endpoint):
    reader, writer = await endpoint.connect(b"GET /livez HTTP/1.1\r\n")
    began = perf_counter()
    async with dripping(writer, b"X: y\r\n"):
        assert problem(await rest(reader)) == (408, "header_too_slow")
        assert perf_counter() - began >= LIMITS.header_seconds


async def test_a_silent_connection_is_closed(endpoint):
    reader, _ = await endpoint.connect()
    assert await rest(reader) == b""


async def test_line_ends_before_a_request_do_not_hold_a_connection_open(endpoint):
    reader, writer = await endpoint.connect()
    async with dripping(writer, b"\r\n"):
        assert await rest(reader) == b""


async def test_a_connection_may_be_used_again_and_ends_when_it_is_idle(endpoint):
    reader, writer = await endpoint.connect(GET)
    for _ in range(3):
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b'"ok"}'), PATIENCE)
        await asyncio.sleep(0.2)
        writer.write(GET)
    assert (await rest(reader)).count(b"200 OK") == 1


async def test_a_body_that_pauses_too_long_is_given_up_with_408(endpoint):
    post = b"POST /v1/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\nx"
    assert problem(await endpoint.ask(post)) == (408, "body_too_slow")


async def test_a_body_slower_than_a_kibibyte_a_second_is_given_up_however_steadily_it_comes(endpoint):
    reader, writer = await endpoint.connect(b"POST /v1/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n")
    async with dripping(writer, b"x"):
        assert problem(await rest(reader)) == (408, "body_too_slow")


async def test_a_body_of_more_than_a_kibibyte_a_second_may_take_longer(endpoint):
    reader, writer = await endpoint.connect(
        b"POST /v1/slow HTTP/1.1\r\nConnection: close\r\nContent-Length: 8192\r\n\r\n"
    )
    for _ in range(8):
        writer.write(b"x" * 1024)
        await asyncio.sleep(0.25)
    assert b'{"bytes":8192}' in await rest(reader)


async def test_what_is_answered_before_its_body_has_come_does_not_hold_the_connection(endpoint):
    sent = b"POST /v1/samples HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\nx"
    reader, writer = await endpoint.connect(sent)
    async with dripping(writer, b"x"):
        assert problem(await rest(reader)) == (401, "unauthenticated")


async def test_a_connection_with_an_unread_response_is_closed(endpoint):
    reader, _ = await endpoint.connect(b"GET /v1/slow/long HTTP/1.1\r\nHost: h\r\n\r\n")
    reader._transport.pause_reading()
    await until(lambda: refused(endpoint)["unread"] == 1)
    await until(lambda: not endpoint.server.server_state.connections)


async def test_what_is_no_http_is_a_problem_document(endpoint):
    assert problem(await endpoint.ask(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")) == (400, "bad_request")


async def test_silent_connections_make_room_for_the_next_caller():
    async with serving_samples(replace(LIMITS, header_seconds=60.0)) as endpoint:
        for _ in range(LIMITS.connections):
            await endpoint.connect()
        await asyncio.sleep(1.2)
        reader, _ = await endpoint.connect(b"GET /v1/samples HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert problem(await rest(reader)) == (401, "unauthenticated")


async def test_beyond_the_limit_callers_get_503_and_probes_an_answer():
    busy = b"POST /v1/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\nx"
    async with serving_samples(replace(LIMITS, header_seconds=60.0)) as endpoint:
        for _ in range(LIMITS.connections):
            await endpoint.connect(busy)
        await until(lambda: all(each.cycle for each in endpoint.server.server_state.connections))
        answer = await endpoint.ask(b"GET /v1/samples HTTP/1.1\r\nHost: h\r\n\r\n")
        assert problem(answer) == (503, "too_many_connections")
        assert b"Retry-After: 5\r\n" in answer
        assert b"200 OK" in await endpoint.ask(GET)
        for _ in range(PROBE_CONNECTIONS):
            await endpoint.connect()
        await until(lambda: len(endpoint.server.server_state.connections) >= LIMITS.connections + PROBE_CONNECTIONS)
        assert problem(await endpoint.ask(b"")) == (503, "too_many_connections")
        await endpoint.leave()
        await until(lambda: not endpoint.server.server_state.connections)
        assert b"200 OK" in await endpoint.ask(GET.replace(b"Host: h", b"Connection: close"))


async def test_a_header_of_60_mib_costs_no_more_than_reading_it(endpoint):
    """The body was concatenated again with each piece: four seconds of work, half of them without a pause."""
    reader, writer = await endpoint.connect(b"GET /livez HTTP/1.1\r\nX: ")
    answered = asyncio.create_task(rest(reader))
    for _ in range(60):
        writer.write(b"x" * 1024 * 1024)
        try:
            await asyncio.wait_for(writer.drain(), PATIENCE)
        except ConnectionError:
            break
    # The end of the connection may overtake its answer where so much is still on the way.
    with suppress(ConnectionError):
        assert problem(await answered) == (431, "header_too_large")
    assert refused(endpoint)["header_size"] == 1
    await until(lambda: not endpoint.server.server_state.connections)


def refused(endpoint: Endpoint) -> dict[str, float]:
    """What was refused so far, by reason: counted already or not."""
    endpoint.server._report()
    samples = [each for family in endpoint.metrics.connections_refused.collect() for each in family.samples]
    counts = {each.labels["reason"]: each.value for each in samples if each.name.endswith("_total")}
    return dict.fromkeys(("header_size", "header_time", "unread", "connections"), 0.0) | counts


@asynccontextmanager
async def dripping(writer, drop: bytes):
    """A drop every tenth of a second, for as long as this lasts."""

    async def drip() -> None:
        while True:
            writer.write(drop)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(drip())
    try:
        yield
    finally:
        task.cancel()


async def until(holds) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.05)
