"""A sender on a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from email.headerregistry import Address
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.contracts.message import ContactChannel
from heed_common.database import Database
from heed_common.messages import contents
from heed_common.messages.delivery import Deliveries
from heed_common.messages.job import Sender
from heed_common.messages.late_parts import NO_LATE_PARTS
from heed_common.messages.queue import OutgoingMessage, enqueue_all
from heed_common.messages.settings import SMTPServer
from heed_common.messages.transports.protocols import Transport
from heed_common.messages.transports.smtp import SMTPTransport
from heed_common.metrics import Metrics
from heed_common.signals import Signal
from tests.common.messages.factories import CATALOGUE, FakePermits
from tests.common.messages.mail_server import MailServer, running

SENDER = Address("Heed", addr_spec="service@heed.example")
SELECT_MESSAGES = text("""
    SELECT m.*, c.pending, c.sent FROM outgoing_message AS m
    JOIN outgoing_message_content AS c ON c.message_id = m.id ORDER BY m.id
""")
SELECT_EVENTS = text("SELECT convert_from(payload, 'UTF8')::json AS event FROM outbox ORDER BY seq")
Settled = Callable[[], Awaitable[bool]]


class Queue:
    """The queue of a service, as a test sees it."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.metrics = Metrics("complaint")
        self.permits = FakePermits()

    async def enqueue(self, *messages: OutgoingMessage) -> None:
        async with self.database.transaction() as session:
            await enqueue_all(session, messages, now=self.clock.now())

    async def rows(self) -> list[Any]:
        async with self.database.transaction() as session:
            return [self._readable(row) for row in (await session.execute(SELECT_MESSAGES)).mappings()]

    def _readable(self, row: Mapping[str, Any]) -> SimpleNamespace:
        """Return the row with its content as it was before it was encrypted."""
        cipher, message_id = self.database.cipher, row["id"]
        pending = {"address": None, "params": {}, "in_reply_to": None, "references": []}
        if row["pending"] is not None:
            pending = contents.PENDING.decrypt(row["pending"], key=message_id, cipher=cipher)
        sent = {"subject": None, "body": None}
        if row["sent"] is not None:
            sent = contents.SENT.decrypt(row["sent"], key=message_id, cipher=cipher)
        return SimpleNamespace(**row, **pending, **sent)

    async def events(self) -> list[dict[str, Any]]:
        async with self.database.transaction() as session:
            return list(await session.scalars(SELECT_EVENTS))

    def sender(
        self, transport: Transport, *, claimed: frozenset[ContactChannel] | None = None, **options: Any
    ) -> Sender:
        catalogue = options.pop("catalogue", CATALOGUE)
        transportable = options.pop("transportable", claimed or transport.channels)
        late_parts = options.pop("late_parts", NO_LATE_PARTS)
        return Sender(
            transport,
            Deliveries(self.database, self.permits, catalogue, transportable, self.clock, self.metrics, late_parts),
            claimed_channels=claimed or transport.channels,
            database=self.database,
            clock=self.clock,
            metrics=self.metrics,
            signal=Signal("test"),
            **({"net": 0.02} | options),
        )

    async def run(self, *senders: Sender, until: Settled | None = None, seconds: float = 30) -> None:
        """Run the senders until no message is queued, or until the given condition."""
        tasks = [asyncio.create_task(sender.run()) for sender in senders]
        try:
            async with asyncio.timeout(seconds):
                while not await (until or self.is_empty)():
                    assert not any(task.done() for task in tasks)
                    await asyncio.sleep(0.02)
        finally:
            for sender in senders:
                sender.stop()
            await asyncio.gather(*tasks)

    async def is_empty(self) -> bool:
        return all(row.state != "queued" for row in await self.rows())

    async def has_reason(self, reason: str) -> bool:
        return any(row.reason == reason for row in await self.rows())

    def metric(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def queue(platform_database: Database, clock: FakeClock) -> Queue:
    return Queue(platform_database, clock)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServer]:
    async with running(MailServer()) as server:
        yield server


def smtp(
    server: MailServer, clock: FakeClock, *, timeout: float = 5, concurrency: int = 4, **fields: Any
) -> SMTPTransport:
    address = SMTPServer("127.0.0.1", server.port, **({"security": "none"} | fields))
    return SMTPTransport(address, sender=SENDER, clock=clock, timeout=timeout, concurrency=concurrency)


@asynccontextmanager
async def advancing(clock: FakeClock, step: timedelta) -> AsyncIterator[None]:
    """Let the time of the tests pass quickly, so that retries come soon."""

    async def advance() -> None:
        while True:
            await asyncio.sleep(0.05)
            clock.advance(step)

    task = asyncio.create_task(advance())
    try:
        yield
    finally:
        task.cancel()
