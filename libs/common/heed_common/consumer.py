"""From the broker into the service: a batch is one transaction, the offsets are committed last.

Whatever happens in between, the batch comes again, and the inbox (or the ledger) knows what it has seen.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import breaker, dead_letters, retries
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
LOOK_SECONDS = 1.0
"""How soon an operator's wish is heard."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is taken in together, in the order of the records; what could not be read is a dead letter already."""

    items: Sequence[Received[Event] | DeadLetter]

    @property
    def events(self) -> list[Received[Event]]:
        return [item for item in self.items if isinstance(item, Received)]

    @property
    def dead(self) -> list[DeadLetter]:
        return [item for item in self.items if isinstance(item, DeadLetter)]

    @property
    def records(self) -> list[Record]:
        return [item.record for item in self.items]


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
        self._state = breaker.State()
        self._stopping = False
        self._measured = float("-inf")
        self._looked = float("-inf")
        self._all_sent = False
        self.ready = False

    async def run(self) -> None:
        """Takes batches in until it is told to stop; while its group is stopped it waits for a person instead."""
        await self._publisher.start()
        try:
            while not self._stopping:
                await self._consume()
        finally:
            await self._publisher.stop()

    def stop(self) -> None:
        """Finishes the batch under way, commits it, leaves."""
        self._stopping = True

    async def _consume(self) -> None:
        """As a member of its group, which it leaves to read again what it has polled and not taken in."""
        await self._subscriber.start()
        self.ready = True
        try:
            # Nothing is taken before it is known that the group may go on.
            known = await self._look_at_requests()
            while known and not (self._stopping or self._state.stopped):
                await self._now_and_then()
                records = await self._subscriber.poll(max_records=self._max_records, wait=POLL_SECONDS)
                if records and not await self.take_in(records):
                    break
                if perf_counter() - self._looked > LOOK_SECONDS:
                    await self._look_at_requests()
            while (self._state.stopped or not known) and not self._stopping:
                # It stays a member: a group without members loses its positions after a while.
                await self._subscriber.keep_alive()
                await asyncio.sleep(LOOK_SECONDS)
                known = await self._look_at_requests()
        finally:
            await self._subscriber.stop()

    async def take_in(self, records: Sequence[Record]) -> bool:
        """One batch: tried until it stands, then the offsets are committed. Answers whether all of it was taken in."""
        started = perf_counter()
        batch = _until_too_many(_read(records), self._state.window)
        taken = await self._until_it_stands(batch)
        if self._on_taken is not None:
            self._on_taken()
        await self._subscriber.commit(_next_positions(taken.records))
        self._metrics.batch_size.observe(len(taken.items))
        self._metrics.batch_seconds.observe(perf_counter() - started)
        if taken.dead:
            self._metrics.dead_letters.inc(len(taken.dead))
            await self._publish_dead_letters()
        return len(taken.items) == len(records)

    async def _until_it_stands(self, batch: Batch) -> Batch:
        """Transient trouble is waited out for ever; for other trouble the batch is taken apart.

        Answers what was taken in, with the dead letters that came of it: less than the batch, where the breaker opened.
        """
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

    async def _whole(self, batch: Batch) -> Batch:
        async with self._database.transaction() as session:
            fresh = await self._intake(session, batch.events, self._clock.now())
            state = await self._finish(session, batch)
        self._metrics.duplicates.inc(len(batch.events) - fresh)
        self._become(state)
        return batch

    async def _one_by_one(self, batch: Batch) -> Batch:
        """The same transaction with a savepoint for each event; those that fail again are dead letters."""
        ended: list[Received[Event] | DeadLetter] = []
        window = self._state.window
        async with self._database.transaction() as session:
            for item in batch.items:
                ended.append(item if isinstance(item, DeadLetter) else await self._try_one(session, item))
                window = window.add(dead=isinstance(ended[-1], DeadLetter))
                if window.is_open:
                    break
            state = await self._finish(session, taken := Batch(ended))
        self._become(state)
        return taken

    async def _try_one(self, session: AsyncSession, received: Received[Event]) -> Received[Event] | DeadLetter:
        try:
            async with session.begin_nested():
                await self._intake(session, [received], self._clock.now())
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("an event could not be taken in", extra={"event_id": str(received.id)})
            return DeadLetter(received.record, type(error).__name__, received.id)
        return received

    async def _finish(self, session: AsyncSession, batch: Batch) -> breaker.State:
        """Keep the dead letters and what the breaker has to remember; nothing is written while there are none."""
        now = self._clock.now()
        new = set(await dead_letters.note(session, batch.dead, group=self._group, now=now))
        if not new and not self._state.window.dead:
            return self._state
        # A dead letter that comes again, after a crash, was counted the first time.
        counted = [item in new for item in batch.items if item in new or isinstance(item, Received)]
        return await breaker.record(session, counted, group=self._group, now=now)

    def _become(self, state: breaker.State) -> None:
        """What the database says of the group; that it has stopped is said once, with the way out."""
        if state.stopped and not self._state.stopped:
            log.error(
                "consumer group %s is stopped: %s. See `heed dlq list`; `heed dlq resume --service %s` lets it go on",
                self._group,
                state.window,
                self._metrics.service,
            )
        elif self._state.stopped and not state.stopped:
            log.warning("consumer group %s goes on", self._group)
        self._state = state
        self._metrics.consumer_stopped.set(state.stopped)

    async def _look_at_requests(self) -> bool:
        """See whether the group is stopped or resumed, and try the dead letters again that somebody has asked for.

        Answers whether the database could say so.
        """
        self._looked = perf_counter()
        try:
            async with self._database.transaction() as session:
                self._become(await breaker.load(session, group=self._group))
            while not self._stopping and await self._retry_next():
                if self._on_taken is not None:
                    self._on_taken()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("what operators ask for cannot be read yet: %s", type(error).__name__)
            return False
        return True

    async def _retry_next(self) -> bool:
        return await retries.retry_next(
            self._database, self._intake, group=self._group, clock=self._clock, metrics=self._metrics
        )

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
    return Batch([_read_one(record) for record in records])


def _read_one(record: Record) -> Received[Event] | DeadLetter:
    try:
        return decode(record)
    except Undecodable as error:
        return DeadLetter(record, error.reason, error.event_id)


def _until_too_many(batch: Batch, window: breaker.Window) -> Batch:
    """Return the batch up to the record that opens the breaker by what cannot be read alone; the rest is read again."""
    for count, item in enumerate(batch.items, start=1):
        window = window.add(dead=isinstance(item, DeadLetter))
        if window.is_open:
            return Batch(batch.items[:count])
    return batch


def _next_positions(records: Sequence[Record]) -> dict[Partition, int]:
    positions: dict[Partition, int] = {}
    for record in records:
        place = (record.topic, record.partition)
        positions[place] = max(record.offset + 1, positions.get(place, 0))
    return positions
