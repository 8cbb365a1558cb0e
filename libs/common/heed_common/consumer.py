"""From the broker into the service: a batch is one transaction, the offsets are committed last.

Whatever happens in between, the batch comes again, and the inbox (or the ledger) knows what it has seen.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import dead_letters
from heed_common.broker import Partition, Publisher, Record, Subscriber
from heed_common.clock import Clock
from heed_common.contracts.event import Event
from heed_common.database import Database, is_transient
from heed_common.dead_letters import DeadLetter
from heed_common.inbox import Intake
from heed_common.metrics import Metrics
from heed_common.received import Received, Undecodable, decode

MAX_RECORDS = 500
POLL_SECONDS = 0.5
FIRST_RETRY_SECONDS = 0.05
LONGEST_RETRY_SECONDS = 5.0
MEASURE_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll brought, already read."""

    events: Sequence[Received[Event]]
    dead: Sequence[DeadLetter]


class Consumer:
    """One member of a service's consumer group."""

    name = "consumer"

    def __init__(
        self,
        database: Database,
        subscriber: Subscriber,
        dead_letter_publisher: Publisher,
        *,
        intake: Intake,
        group: str,
        clock: Clock,
        metrics: Metrics,
        max_records: int = MAX_RECORDS,
        on_taken: Callable[[], None] | None = None,
    ) -> None:
        self._database = database
        self._subscriber = subscriber
        self._publisher = dead_letter_publisher
        self._intake = intake
        self._group = group
        self._clock = clock
        self._metrics = metrics
        self._max_records = max_records
        self._on_taken = on_taken
        self._watch = dead_letters.Watch()
        self._stopping = False
        self._measured = float("-inf")
        self._all_sent = False
        self.ready = False

    async def run(self) -> None:
        """Takes batches in until it is stopped. Raises `TooManyDeadLetters` rather than emptying a topic."""
        await self._publisher.start()
        await self._subscriber.start()
        self.ready = True
        try:
            while not self._stopping:
                await self._now_and_then()
                records = await self._subscriber.poll(max_records=self._max_records, wait=POLL_SECONDS)
                if records:
                    await self.take_in(records)
        finally:
            await self._subscriber.stop()
            await self._publisher.stop()

    def stop(self) -> None:
        """Finishes the batch under way, commits it, leaves."""
        self._stopping = True

    async def take_in(self, records: Sequence[Record]) -> None:
        """One batch: tried until it stands, then the offsets are committed."""
        started = perf_counter()
        batch = _read(records)
        dead = await self._until_it_stands(batch)
        if self._on_taken is not None:
            self._on_taken()
        await self._subscriber.commit(_next_positions(records))
        self._metrics.batch_size.observe(len(records))
        self._metrics.batch_seconds.observe(perf_counter() - started)
        if dead:
            self._metrics.dead_letters.inc(len(dead))
            await self._publish_dead_letters()
        ended_badly = {(letter.record.topic, letter.record.partition, letter.record.offset) for letter in dead}
        for record in records:
            self._watch.saw(dead=(record.topic, record.partition, record.offset) in ended_badly)

    async def _until_it_stands(self, batch: Batch) -> Sequence[DeadLetter]:
        """Transient trouble is waited out for ever; for other trouble the batch is taken apart."""
        wait, attempt = FIRST_RETRY_SECONDS, self._whole
        while True:
            try:
                return await attempt(batch)
            except Exception as error:
                if is_transient(error):
                    log.warning("the batch is tried again: %s", type(error).__name__)
                elif attempt == self._whole:
                    log.warning("the batch is taken one event at a time: %s", type(error).__name__)
                    attempt = self._one_by_one
                else:
                    raise
            await self._subscriber.keep_alive()
            await self._clock.sleep(wait)
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _whole(self, batch: Batch) -> Sequence[DeadLetter]:
        async with self._database.transaction() as session:
            await dead_letters.note(session, batch.dead, group=self._group, now=self._clock.now())
            fresh = await self._intake(session, batch.events, self._clock.now())
        self._metrics.duplicates.inc(len(batch.events) - fresh)
        return batch.dead

    async def _one_by_one(self, batch: Batch) -> Sequence[DeadLetter]:
        """The same transaction with a savepoint for each event; those that fail again are dead letters."""
        dead = list(batch.dead)
        async with self._database.transaction() as session:
            for received in batch.events:
                letter = await self._try_one(session, received)
                dead += [letter] if letter else []
            await dead_letters.note(session, dead, group=self._group, now=self._clock.now())
        return dead

    async def _try_one(self, session: AsyncSession, received: Received[Event]) -> DeadLetter | None:
        try:
            async with session.begin_nested():
                await self._intake(session, [received], self._clock.now())
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("an event could not be taken in", extra={"event_id": str(received.id)})
            return DeadLetter(received.record, type(error).__name__, received.id)
        return None

    async def _publish_dead_letters(self) -> None:
        self._all_sent = await dead_letters.publish(self._database, self._publisher, now=self._clock.now())

    async def _now_and_then(self) -> None:
        """Says how far behind it is, and sends the dead letters that an earlier process or call could not send."""
        if (now := perf_counter()) - self._measured < MEASURE_SECONDS:
            return
        self._measured = now
        if not self._all_sent:
            await self._publish_dead_letters()
        for (topic, partition), lag in (await self._subscriber.assignment()).lag.items():
            self._metrics.consumer_lag.labels(topic=topic, partition=str(partition)).set(lag)


def _read(records: Sequence[Record]) -> Batch:
    events: list[Received[Event]] = []
    dead: list[DeadLetter] = []
    for record in records:
        try:
            events.append(decode(record))
        except Undecodable as error:
            dead.append(DeadLetter(record, error.reason, error.event_id))
    return Batch(events, dead)


def _next_positions(records: Sequence[Record]) -> dict[Partition, int]:
    positions: dict[Partition, int] = {}
    for record in records:
        place = (record.topic, record.partition)
        positions[place] = max(record.offset + 1, positions.get(place, 0))
    return positions
