"""Pages and streams of events."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from fastapi import FastAPI

from heed_common.broker.protocols import Message
from tests.common.sample_app import make_client, make_token
from tests.customer.subscriptions.publishing import make_interaction, make_opened, publish, publish_all

UNKNOWN_EVENT = "9f1c7a3e-5b2d-4e8f-9a6b-3c2d1e0f4a5b"
pytestmark = pytest.mark.asyncio
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def ids_of(client, **params) -> tuple[list[str], dict]:
    response = await client.get("/v1/events", params=params)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]], response.json()


async def test_a_page_has_the_events_of_all_topics_and_the_next_one_goes_on_behind_it(client, bus):
    published = []
    for number in range(12):
        events = (make_interaction(uuid4()), make_opened(uuid4()))
        published += await publish(bus, events[number % 2], time=LONG_AGO + timedelta(seconds=number))
    first, page = await ids_of(client, limit=5)
    assert page["has_more"] is True
    rest, page = await ids_of(client, limit=200, after=page["next_cursor"])
    assert page["has_more"] is False
    assert sorted(first + rest) == sorted(published)
    assert await ids_of(client, after=page["next_cursor"]) == ([], page | {"items": []})
    later = await publish(bus, make_interaction(uuid4()))
    assert (await ids_of(client, after=page["next_cursor"]))[0] == later


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
async def test_pages_of_any_size_have_every_event_once_and_a_customers_in_order(client, bus, limit):
    customers = [uuid4() for _ in range(5)]
    published = await publish(bus, *(make_interaction(customers[number % 5]) for number in range(40)))
    found, cursor, has_more = [], "earliest", True
    while has_more:
        ids, page = await ids_of(client, limit=limit, after=cursor)
        assert len(ids) <= limit
        found += ids
        cursor, has_more = page["next_cursor"], page["has_more"]
    assert sorted(found) == sorted(published)
    for index in range(5):
        assert [id_ for id_ in found if id_ in published[index::5]] == published[index::5]


async def test_types_and_customer_select(client, bus):
    ann, bob = uuid4(), uuid4()
    interaction, complaint, _ = await publish(bus, make_interaction(ann), make_opened(ann), make_interaction(bob))
    assert (await ids_of(client, types="interaction", customer_id=str(ann)))[0] == [interaction]
    assert (await ids_of(client, types="complaint.opened,complaint.closed"))[0] == [complaint]
    assert sorted((await ids_of(client, customer_id=str(ann)))[0]) == sorted([interaction, complaint])


async def test_a_page_starts_after_a_moment_or_an_event(client, bus):
    one = uuid4()
    ids = await publish(bus, make_interaction(one))
    await asyncio.sleep(0.01)
    moment = datetime.now(UTC)
    ids += await publish(bus, make_interaction(one))
    assert (await ids_of(client, after=moment.isoformat()))[0] == ids[1:]
    assert (await ids_of(client, after=ids[1]))[0] == ids[1:]
    assert (await ids_of(client, after="latest"))[0] == []


@pytest.mark.parametrize("after", ["nonsense", "", UNKNOWN_EVENT, "2026-03-02", '"', "\\u0041", "é"])
async def test_other_starts_are_refused(client, after):
    response = await client.get("/v1/events", params={"after": after})
    if after == "":
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json()["code"]) == (422, "cursor_invalid")


async def test_unknown_types_are_refused_with_a_pointer(client):
    response = await client.get("/v1/events", params={"types": "complaint,nonsense"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/types/0"


async def test_records_that_are_no_events_are_passed_over(client, bus):
    broken = [b"", b"{", b"[]", b'{"type": 1}', b'{"type": "heed.interaction.recorded.v1", "id": "x", "data": 3}']
    await publish_all(bus, [Message("heed.customer", b"key", value) for value in broken])
    ids = await publish(bus, make_interaction(uuid4()))
    assert (await ids_of(client))[0] == ids


@pytest_asyncio.fixture
async def reader(app: FastAPI, customer_database, resources) -> AsyncIterator:
    """A client that may read complaints, but no confidential ones."""
    token = await make_token(customer_database, now=resources.clock.now(), scopes=["complaints:read", "customers:read"])
    async with make_client(app, token) as client:
        yield client


async def test_a_caller_gets_the_types_that_its_scopes_allow(reader, bus):
    ids = await publish(bus, make_interaction(uuid4()), make_opened(uuid4()))
    assert sorted((await ids_of(reader))[0]) == sorted(ids)
    for types in ("purchase", "score.changed", "response"):
        response = await reader.get("/v1/events", params={"types": types})
        assert (response.status_code, response.json()["code"]) == (403, "scope_missing")


async def test_confidential_complaints_are_left_out_without_the_scope(reader, client, bus):
    hidden, shown = await publish(bus, make_opened(uuid4(), confidential=True), make_opened(uuid4()))
    assert (await ids_of(reader))[0] == [shown]
    assert sorted((await ids_of(client))[0]) == sorted([hidden, shown])


class Stream:
    """A client of a stream: httpx would wait for the end of the response."""

    def __init__(self, app: FastAPI, token: str, *, query: str = "", last_event_id: str | None = None) -> None:
        headers = {"authorization": token, "accept": "text/event-stream", "host": "test"}
        headers |= {} if last_event_id is None else {"last-event-id": last_event_id}
        self.stopping = asyncio.Event()
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/events",
            "raw_path": b"/v1/events",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {"stopping": self.stopping},
            "http_version": "1.1",
            "scheme": "http",
            "server": ("test", 80),
            "client": ("127.0.0.1", 1),
        }
        self.sent: asyncio.Queue = asyncio.Queue()
        self.left = asyncio.Event()
        self._has_received = False
        self.task = asyncio.create_task(app(self.scope, self._receive, self.sent.put))

    async def _receive(self):
        if not self._has_received:
            self._has_received = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def next(self) -> dict:
        async with asyncio.timeout(60):
            return await self.sent.get()

    async def event(self) -> tuple[str, dict]:
        """Return cursor and document of the next event."""
        while True:
            message = await self.next()
            lines = message.get("body", b"").decode().splitlines()
            if lines and lines[0].startswith("id: "):
                return lines[0].removeprefix("id: "), json.loads(lines[1].removeprefix("data: "))


@pytest_asyncio.fixture
async def token(customer_database, resources) -> str:
    return f"Bearer {await make_token(customer_database, now=resources.clock.now())}"


async def test_a_stream_has_what_comes_and_goes_on_behind_the_last_event_id(app, bus, token):
    before = await publish(bus, make_interaction(uuid4()))
    first = Stream(app, token, query="types=interaction")
    start = await first.next()
    assert (start["status"], dict(start["headers"])[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
    assert (await first.next())["body"] == b"retry: 3000\n\n"
    one = uuid4()
    ids = await publish(bus, make_interaction(one), make_interaction(one), make_interaction(one))
    assert ids[0] not in before
    cursor, document = await first.event()
    assert document["id"] == ids[0]
    first.left.set()
    await first.task
    second = Stream(app, token, query="types=interaction", last_event_id=cursor)
    assert [(await second.event())[1]["id"] for _ in range(2)] == ids[1:]
    second.left.set()
    await second.task


async def test_a_stream_ends_with_the_server(app, token):
    stream = Stream(app, token)
    await stream.next()
    stream.stopping.set()
    async with asyncio.timeout(60):
        await stream.task
    while not stream.sent.empty():
        last = stream.sent.get_nowait()
    assert last == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_waiting_stream_holds_no_database_connection(app, resources, token):
    stream = Stream(app, token)
    await stream.next()
    await stream.next()
    assert resources.database.engine.pool.checkedout() == 0
    stream.left.set()
    await stream.task


async def test_streams_of_a_process_are_limited(app, token):
    app.state.event_readers.max_streams = 1
    first = Stream(app, token)
    assert (await first.next())["status"] == 200
    refused = Stream(app, token)
    assert (await refused.next())["status"] == 503
    first.left.set()
    await first.task
    again = Stream(app, token)
    assert (await again.next())["status"] == 200
    again.left.set()
    await again.task


async def test_without_a_broker_events_are_unavailable(app, client):
    app.state.event_readers.bus = None
    response = await client.get("/v1/events")
    assert (response.status_code, response.json()["code"]) == (503, "events_unavailable")
