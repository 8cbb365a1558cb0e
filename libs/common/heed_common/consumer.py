"""Event consumer: a batch of records is processed in one transaction, and its offsets are committed last.

After a crash at any line the batch is delivered again, and the inbox (or the ledger) recognises what was processed.
"""

import asyncio
import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import breaker, dead_letters, retries
from heed_common.broker.protocols import Partition, Publisher, Record, Subscriber
from heed_common.clock import Clock
from heed_common.contracts.event import Event
from heed_common.database import Database, is_transient, savepoint
from heed_common.dead_letters import DeadLetter
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_common.inbox import BatchHandler
from heed_common.metrics import Metrics
from heed_common.trace import shared_trace_context
from heed_common.tracing.event_spans import processing_spans
from heed_common.tracing.tracer import Tracer

MAX_RECORDS = 500
POLL_SECONDS = 0.5
LINGER_SECONDS = 0.05
"""For consumers that copy what others own: no caller waits for them, but for the score of the same event."""
FIRST_RETRY_SECONDS = 0.05
MAX_RETRY_SECONDS = 5.0
MEASURE_SECONDS = 15.0
OPERATOR_POLL_SECONDS = 1.0
"""Least time between two looks for requests of operators (retry, resume), which follow commits."""
NET_SECONDS = 30.0
"""Longest time between two such looks, for a missed signal."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are processed together, in their order; undecodable records are dead letters already."""

    items: Sequence[ReceivedEvent[Event] | DeadLetter]

    @property
    def events(self) -> list[ReceivedEvent[Event]]:
        return [item for item in self.items if isinstance(item, ReceivedEvent)]

    @property
    def dead(self) -> list[DeadLetter]:
        return [item for item in self.items if isinstance(item, DeadLetter)]

    @property
    def records(self) -> list[Record]:
        return [item.record for item in self.items]


class Consumer:
    """One member of a service's consumer group."""

    def __init__(
        self,
        database: Database,
        subscriber: Subscriber,
        dead_letter_publisher: Publisher,
        *,
        batch_handler: BatchHandler,
        group: str,
        clock: Clock,
        metrics: Metrics,
        handled: Container[type[Event]] | None = None,
        max_records: int = MAX_RECORDS,
        linger: float = 0.0,
        on_committed: Callable[[Sequence[UUID]], None] | None = None,
        name: str = "consumer",
        tracer: Tracer | None = None,
    ) -> None:
        """`handled` names the types that the batch handler acts on, by default all.

        `linger` is how long records wait for others to be processed together with.
        """
        self.name = name
        self._database = database
        self._subscriber = subscriber
        self._publisher = dead_letter_publisher
        self._handler = batch_handler
        self._group = group
        self._clock = clock
        self._metrics = metrics
        self._handled = handled
        self._max_records = max_records
        self._linger = linger
        self._on_committed = on_committed
        self._tracer = tracer
        self._state = breaker.State()
        self._stopping = False
        self._measured_at = float("-inf")
        self._polled_requests_at = float("-inf")
        self._commits = 0
        self._all_published = False
        self.ready = False

    async def run(self) -> None:
        """Process batches until `stop` is called; while the group is stopped, wait for an operator to resume it."""
        await self._publisher.start()
        try:
            while not self._stopping:
                await self._consume()
        finally:
            await self._publisher.stop()

    def stop(self) -> None:
        """Stop after the current batch is committed."""
        self._stopping = True

    async def _consume(self) -> None:
        """Consume as a member of the group; leave it to have polled but unprocessed records delivered again."""
        await self._subscriber.start()
        self.ready = True
        try:
            # Nothing is processed until the database has confirmed that the group is not stopped.
            is_confirmed = await self._poll_requests()
            while is_confirmed and not (self._stopping or self._state.stopped):
                await self._report_lag_and_flush_dead_letters()
                records = await self._poll()
                if records and not await self.process_batch(records):
                    break
                if self._may_have_requests():
                    await self._poll_requests()
            while (self._state.stopped or not is_confirmed) and not self._stopping:
                # It stays a member: Kafka eventually deletes the committed offsets of a group without members.
                await self._subscriber.heartbeat()
                await asyncio.sleep(OPERATOR_POLL_SECONDS)
                is_confirmed = await self._poll_requests()
        finally:
            await self._subscriber.stop()

    async def _poll(self) -> Sequence[Record]:
        """Return the next records, and those that arrive while they linger."""
        records = await self._subscriber.poll(max_records=self._max_records, wait=POLL_SECONDS)
        room = self._max_records - len(records)
        if not (self._linger and records and room):
            return records
        await self._clock.sleep(self._linger)
        return [*records, *await self._subscriber.poll(max_records=room, wait=0)]

    async def process_batch(self, records: Sequence[Record]) -> bool:
        """Process a batch until it is committed, then commit the offsets. Return whether all records were processed."""
        started = perf_counter()
        batch = _up_to_open_breaker(_decode_all(records), self._state.window)
        processed = await self._process_traced(batch)
        if self._on_committed is not None:
            self._on_committed([received.id for received in processed.events])
        await self._subscriber.commit(_next_offsets(processed.records))
        self._metrics.batch_records.observe(len(processed.items))
        self._metrics.batch_duration.observe(perf_counter() - started)
        if processed.dead:
            self._metrics.dead_letters.inc(len(processed.dead))
            await self._publish_dead_letters()
        return len(processed.items) == len(records)

    async def _process_traced(self, batch: Batch) -> Batch:
        """Process the batch, within spans of the events that have a handler if spans are exported."""
        if self._tracer is None or self._is_without_effect(batch):
            return await self._process_in_context(batch)
        traced = [
            received for received in batch.events if self._handled is None or type(received.event) in self._handled
        ]
        with processing_spans(self._tracer, traced, group=self._group) as spans:
            items = [item if isinstance(item, DeadLetter) else spans.cause(item) for item in batch.items]
            processed = await self._process_in_context(Batch(items))
            for letter in processed.dead:
                spans.fail(letter.event_id, letter.error)
        return processed

    async def _process_in_context(self, batch: Batch) -> Batch:
        with shared_trace_context(received.traceparent for received in batch.events):
            return await self._process_with_retry(batch)

    async def _process_with_retry(self, batch: Batch) -> Batch:
        """Retry transient errors forever; on any other error process the batch event by event.

        Return what was processed, including new dead letters: less than the batch if the breaker opened.
        """
        wait, attempt = FIRST_RETRY_SECONDS, self._process_all_at_once
        while True:
            try:
                return await attempt(batch)
            except Exception as error:
                if is_transient(error):
                    log.warning("retrying batch: %s", type(error).__name__)
                elif attempt == self._process_all_at_once:
                    log.warning("batch failed, retrying event by event: %s", type(error).__name__)
                    attempt = self._process_one_by_one
                else:
                    raise
            await self._subscriber.heartbeat()
            await self._clock.sleep(wait)
            wait = min(wait * 2, MAX_RETRY_SECONDS)

    async def _process_all_at_once(self, batch: Batch) -> Batch:
        if self._is_without_effect(batch):
            return batch
        async with self._database.transaction() as session:
            new_events = await self._handler(session, batch.events, self._clock.now())
            state = await self._finish(session, batch)
        self._metrics.duplicates.inc(len(batch.events) - new_events)
        self._apply_state(state)
        return batch

    def _is_without_effect(self, batch: Batch) -> bool:
        """Return whether no event of the batch has a handler: then nothing is stored, the inbox included."""
        if self._handled is None or batch.dead or self._state.window.dead:
            return False
        return not any(type(received.event) in self._handled for received in batch.events)

    async def _process_one_by_one(self, batch: Batch) -> Batch:
        """Process the batch in one transaction, each event in a savepoint; those that fail again are dead letters."""
        outcomes: list[ReceivedEvent[Event] | DeadLetter] = []
        window = self._state.window
        async with self._database.transaction() as session:
            for item in batch.items:
                outcomes.append(item if isinstance(item, DeadLetter) else await self._try_one(session, item))
                window = window.add(dead=isinstance(outcomes[-1], DeadLetter))
                if window.is_open:
                    break
            state = await self._finish(session, processed := Batch(outcomes))
        self._apply_state(state)
        return processed

    async def _try_one(
        self, session: AsyncSession, received: ReceivedEvent[Event]
    ) -> ReceivedEvent[Event] | DeadLetter:
        try:
            async with savepoint(session):
                await self._handler(session, [received], self._clock.now())
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("event failed, stored as dead letter", extra={"event_id": str(received.id)})
            return DeadLetter(received.record, type(error).__name__, received.id)
        return received

    async def _finish(self, session: AsyncSession, batch: Batch) -> breaker.State:
        """Store the dead letters and the outcomes for the breaker; write nothing while there are no dead letters."""
        now = self._clock.now()
        new = set(await dead_letters.store(session, batch.dead, group=self._group, now=now))
        if not new and not self._state.window.dead:
            return self._state
        # A dead letter that is delivered again after a crash was counted the first time.
        counted = [item in new for item in batch.items if item in new or isinstance(item, ReceivedEvent)]
        return await breaker.record(session, counted, group=self._group, now=now)

    def _apply_state(self, state: breaker.State) -> None:
        """Apply the stored state of the group; log once that it has stopped, and how to resume it."""
        if state.stopped and not self._state.stopped:
            log.error(
                "consumer group %s is stopped: %s. See `heed dlq list`; resume it with `heed dlq resume --service %s`",
                self._group,
                state.window,
                self._metrics.service,
            )
        elif self._state.stopped and not state.stopped:
            log.warning("consumer group %s resumed", self._group)
        self._state = state
        self._metrics.consumer_stopped.set(state.stopped)

    def _may_have_requests(self) -> bool:
        """Return whether something was committed since the last look for requests, or the net is reached."""
        passed = perf_counter() - self._polled_requests_at
        has_commits = self._database.committed.count != self._commits
        return passed > (OPERATOR_POLL_SECONDS if has_commits else NET_SECONDS)

    async def _poll_requests(self) -> bool:
        """Check whether the group was stopped or resumed, and retry the dead letters that an operator has requested.

        Return whether the database was available.
        """
        self._polled_requests_at, self._commits = perf_counter(), self._database.committed.count
        try:
            async with self._database.transaction(wakes_jobs=False) as session:
                self._apply_state(await breaker.load(session, group=self._group))
                waiting, requested = await retries.count_waiting(session, group=self._group)
            self._metrics.dead_letters_waiting.set(waiting)
            while requested and not self._stopping and await self._retry_next():
                if self._on_committed is not None:
                    self._on_committed([])
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("operator requests: database unavailable, still polling: %s", type(error).__name__)
            return False
        return True

    async def _retry_next(self) -> bool:
        return await retries.retry_next(
            self._database, self._handler, group=self._group, clock=self._clock, metrics=self._metrics
        )

    async def _publish_dead_letters(self) -> None:
        self._all_published = await dead_letters.publish(self._database, self._publisher, now=self._clock.now())

    async def _report_lag_and_flush_dead_letters(self) -> None:
        """Every few seconds, measure the lag and publish the dead letters that could not be published earlier."""
        if (now := perf_counter()) - self._measured_at < MEASURE_SECONDS:
            return
        self._measured_at = now
        if not self._all_published:
            await self._publish_dead_letters()
        for (topic, partition), lag in (await self._subscriber.position()).lag.items():
            self._metrics.consumer_lag.labels(topic=topic, partition=str(partition)).set(lag)


def _decode_all(records: Sequence[Record]) -> Batch:
    return Batch([_decode_one(record) for record in records])


def _decode_one(record: Record) -> ReceivedEvent[Event] | DeadLetter:
    try:
        return decode(record)
    except Undecodable as error:
        return DeadLetter(record, error.reason, error.event_id)


def _up_to_open_breaker(batch: Batch, window: breaker.Window) -> Batch:
    """Return the batch up to the record at which undecodable records alone open the breaker; redeliver the rest."""
    if not batch.dead:
        return batch  # Events that can be decoded open no breaker here.
    for count, item in enumerate(batch.items, start=1):
        window = window.add(dead=isinstance(item, DeadLetter))
        if window.is_open:
            return Batch(batch.items[:count])
    return batch


def _next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    offsets: dict[Partition, int] = {}
    for record in records:
        partition = (record.topic, record.partition)
        offsets[partition] = max(record.offset + 1, offsets.get(partition, 0))
    return offsets
