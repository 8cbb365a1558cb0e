"""Negative controls: naive variants of the product's parts, whose damage the checker must see.

Each is run twice through the same misfortune: as the product does it, which must do no damage, and naively. A checker
that finds nothing in the naive run would find nothing in the product either.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import dead_letters, outbox
from heed_common.broker.protocols import Partition, Subscriber
from heed_common.consumer import Batch, Consumer
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.dead_letters import DeadLetter
from heed_common.decoding import ReceivedEvent
from heed_common.metrics import Metrics
from heed_common.relay import Relay
from heed_common.signals import Signal
from heed_scoring.worker import GROUP, batch_handler
from tests.common.broker.brokers import publish
from tests.common.broker_fixtures import Crash, as_message
from tests.databases import Databases, temporary_cluster
from tests.faults.harness.checks import Damage
from tests.faults.harness.poison import NUL
from tests.faults.harness.workbench import Workbench, opened
from tests.scoring.factories import NOON, make_hand_over, make_purchase

CRASH_AT = 3
"""The transaction that is not committed."""
MEETING_SECONDS = 3.0
"""So long the first caller waits for the second one to have read as well, which a lock prevents."""
READ_VERSION = text("SELECT version FROM customer WHERE id = :id")
READ_VERSION_LOCKED = text("SELECT version FROM customer WHERE id = :id FOR UPDATE")
WRITE_VERSION = text("UPDATE customer SET version = :version WHERE id = :id")


async def inbox(bench: Workbench, *, naive: bool) -> None:
    """Die between the commit and the commit of the offsets, and read the same records again."""

    async def forget_ids(session: AsyncSession, batch: Sequence[ReceivedEvent[Event]], now: datetime) -> int:
        return await batch_handler(bench.clock)(session, [replace(received, id=uuid4()) for received in batch], now)

    process = forget_ids if naive else None
    await bench.write()
    await bench.relay()
    try:
        await bench.consume(DyingSubscriber(bench.subscriber()), process=process)
    except Crash:
        await bench.consume(bench.subscriber(), process=process)


async def outbox_row(bench: Workbench, *, naive: bool) -> None:
    """Die just before the commit, and let the caller try again."""
    url = bench.customers.url.render_as_string(hide_password=False)
    database = DyingDatabase(url, publish_from=bench if naive else None)
    await bench.write(database=database)
    await database.close()
    await bench.relay()
    await bench.consume(bench.subscriber())


async def lock(bench: Workbench, *, naive: bool) -> None:
    """Let two callers change one customer at the same time."""
    await bench.write()
    customer_id = UUID(bench.journal.writes[0].fact[1])
    read = READ_VERSION if naive else READ_VERSION_LOCKED

    readers = Meeting(2)

    async def change() -> None:
        async with bench.customers.transaction() as session:
            version = (await session.execute(read, {"id": customer_id})).scalar_one() + 1
            await readers.wait(MEETING_SECONDS)
            await session.execute(WRITE_VERSION, {"id": customer_id, "version": version})
            await outbox.stage(session, make_hand_over(customer_id), aggversion=version, now=NOON)

    await asyncio.gather(change(), change())
    await bench.relay()
    await bench.consume(bench.subscriber())


async def savepoints(bench: Workbench, *, naive: bool) -> None:
    """Let one event among good ones be refused by the database."""
    await bench.write()
    await bench.relay()
    event_id = uuid4()
    bench.poison.add(str(event_id))
    await publish(bench.log, [as_message(make_purchase(uuid4(), currency=NUL), event_id=event_id)])
    await bench.consume(bench.subscriber(), kind=WholeBatchDeadLetters if naive else Consumer)


CONTROLS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "without inbox": inbox,
    "without outbox": outbox_row,
    "without lock": lock,
    "without savepoints": savepoints,
}


async def run_control(databases: Databases, name: str) -> tuple[Damage, Damage]:
    """Return the damage of the product's way, which should be none, and of the naive one."""
    damages = []
    for naive in (False, True):
        async with opened(databases) as bench:
            await CONTROLS[name](bench, naive=naive)
            damages.append(await bench.assess())
    return damages[0], damages[1]


async def count_caught() -> int:
    """Count the controls whose damage was seen, and nothing but theirs."""
    with temporary_cluster() as cluster:
        databases = Databases(cluster)
        results = [await run_control(databases, name) for name in CONTROLS]
        databases.close()
    return sum(sound.is_none and not naive.is_none for sound, naive in results)


class Meeting:
    """So many wait for each other, but not for ever."""

    def __init__(self, size: int) -> None:
        self._missing = size
        self._all_here = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        self._missing -= 1
        if not self._missing:
            self._all_here.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_here.wait(), seconds)


class DyingSubscriber:
    """A subscriber whose process dies before the first offsets are committed."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self.start = subscriber.start
        self.poll = subscriber.poll
        self.heartbeat = subscriber.heartbeat
        self.position = subscriber.position
        self.stop = subscriber.stop

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        raise Crash


class DyingDatabase(Database):
    """A database whose client dies once before a commit; with `publishes` it has published by then."""

    def __init__(self, url: str, *, publish_from: Workbench | None) -> None:
        super().__init__(url)
        self._bench = publish_from
        self._transactions = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with super().transaction() as session:
            yield session
            if self._bench is not None:
                await self._publish(self._bench, session)
            self._transactions += 1
            if self._transactions == CRASH_AT:
                raise Crash

    async def _publish(self, bench: Workbench, session: AsyncSession) -> None:
        """Send what the transaction has staged, and leave nothing to the relay."""
        await outbox.flush(session)
        staged = Signal("heed_staged")
        publisher = bench.log.publisher()
        relay = Relay(self, publisher, outbox_signal=staged, clock=bench.clock, metrics=Metrics("customer"))
        await relay.publish_once(await session.connection())


class WholeBatchDeadLetters(Consumer):
    """A consumer that puts the whole batch aside where one of its events is refused."""

    async def _process_one_by_one(self, batch: Batch) -> Batch:
        dead = [
            item if isinstance(item, DeadLetter) else DeadLetter(item.record, "refused", item.id)
            for item in batch.items
        ]
        async with self._database.transaction() as session:
            await dead_letters.store(session, dead, group=GROUP, now=self._clock.now())
        return Batch(dead)
