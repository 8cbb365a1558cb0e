"""A message belongs to one sender at a time, and to another one when the first is gone."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from heed_common.contracts.message import ContactChannel
from heed_common.messages.job import LEASE
from tests.common.messages.conftest import smtp
from tests.common.messages.factories import make_message

pytestmark = pytest.mark.asyncio
LEASED_UNTIL = text("SELECT max(due_at) FROM outgoing_message")


class PausedTransport:
    """A transport that is stopped before the hand-over, as a process by SIGSTOP, until the test resumes it."""

    name = "paused"
    channels = frozenset({ContactChannel.MAIL})
    concurrency = 1

    def __init__(self) -> None:
        self.reached, self.resumed = asyncio.Event(), asyncio.Event()
        self.sent = 0

    @asynccontextmanager
    async def connection(self):
        self.reached.set()
        await self.resumed.wait()
        yield self

    async def send(self, delivery) -> None:
        self.sent += 1

    async def close(self) -> None: ...


@asynccontextmanager
async def working(sender):
    task = asyncio.create_task(sender.run())
    try:
        yield
    finally:
        sender.stop()
        await task


async def test_a_sender_that_was_paused_beyond_its_lease_hands_nothing_over(queue, server, clock):
    await queue.enqueue(make_message())
    paused = PausedTransport()
    async with working(queue.sender(paused)):
        await asyncio.wait_for(paused.reached.wait(), 30)
        clock.advance(LEASE + timedelta(seconds=1))
        try:
            await queue.run(queue.sender(smtp(server, clock)))
        finally:
            paused.resumed.set()
    assert (len(server.received), paused.sent) == (1, 0)


async def test_no_other_sender_takes_a_message_that_is_being_worked_on(queue, server, clock):
    await queue.enqueue(make_message())
    paused = PausedTransport()
    async with working(queue.sender(paused)):
        await asyncio.wait_for(paused.reached.wait(), 30)
        async with working(queue.sender(smtp(server, clock))):
            await asyncio.sleep(0.2)
        paused.resumed.set()
        async with asyncio.timeout(30):
            while not await queue.is_empty():
                await asyncio.sleep(0.02)
    assert (len(server.received), paused.sent) == (0, 1)


async def test_a_working_sender_renews_its_lease(queue, clock):
    await queue.enqueue(make_message())
    paused = PausedTransport()
    async with working(queue.sender(paused, lease=timedelta(seconds=0.3))):
        await asyncio.wait_for(paused.reached.wait(), 30)
        clock.advance(timedelta(minutes=5))
        async with asyncio.timeout(30):
            while (renewed_until := await leased_until(queue)) < clock.now():
                await asyncio.sleep(0.02)
        paused.resumed.set()
    assert renewed_until >= clock.now()


async def leased_until(queue):
    async with queue.database.transaction() as session:
        return await session.scalar(LEASED_UNTIL)
