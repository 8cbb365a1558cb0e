"""Delivery to one endpoint: the events of a partition one by one, those of several partitions at the same time."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from heed_common.broker.protocols import Bus, Partition, Reader, Record
from heed_common.clock import Clock
from heed_common.contracts.registry import TOPICS
from heed_common.database import CONNECTION_ERRORS, Database, is_transient
from heed_common.metrics import Metrics
from heed_common.outgoing_http.client import GuardedClient
from heed_common.tracing.tracer import Tracer, is_sampled
from heed_customer.subscriptions.delivery import gaps, rules, sender
from heed_customer.subscriptions.delivery.queues import PartitionQueue, Queues, WaitingEvent
from heed_customer.subscriptions.delivery.repository import Progress
from heed_customer.subscriptions.delivery.rules import Attempt
from heed_customer.subscriptions.delivery.sender import OpenClient, Target
from heed_customer.subscriptions.feed import service as feed
from heed_customer.subscriptions.feed.rules import Selection, partitions_of
from heed_customer.subscriptions.feed.service import SelectedEvents

CONCURRENCY = 8
"""Requests to one receiver at a time."""
MAX_RECORDS = 200
IDLE_SECONDS = 60.0
"""Fallback for a missed signal of the broker."""
BUSY_SECONDS = 0.5
"""While a partition has no room, it is looked at again after so long."""
MEASURE_SECONDS = 5.0
RETRY_SECONDS = 1.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Result = TypeVar("Result")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """What is delivered where, and from where on. Another plan of the same endpoint replaces its delivery."""

    target: Target
    selection: Selection
    is_enabled: bool
    """A disabled one only gets a position, so that what is purged until it is enabled is noticed."""
    replays: int
    starts_at: datetime
    offsets: Mapping[Partition, int] | None
    """None if they have to be found by `starts_at`."""
    missed: int
    version: tuple[object, ...]
    """Equal for equal plans, wherever the delivery has got to."""


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What all deliveries of a worker share."""

    bus: Bus
    database: Database
    clock: Clock
    metrics: Metrics
    open_client: OpenClient
    max_pause: float
    on_progress: Callable[[], None]
    tracer: Tracer | None = None


@dataclass(slots=True)
class Tally:
    """What happened since it was last saved."""

    attempts: list[Attempt] = field(default_factory=list)
    failures: int = 0
    missed: int = 0
    last_missed_at: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    is_gone: bool = False
    has_changed: bool = False


class EndpointDelivery:
    """Delivers to one endpoint until it is stopped."""

    def __init__(self, plan: EndpointPlan, context: DeliveryContext) -> None:
        self.plan = plan
        self._context = context
        self._queues = Queues({})
        self._tally = Tally(missed=plan.missed)
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._stopping = asyncio.Event()
        self._recovered = asyncio.Event()
        self._throttled_until = 0.0

    async def run(self) -> None:
        """Read and deliver. What has been read and not saved is read again at the next start."""
        reader, client = self._context.bus.reader(TOPICS), self._context.open_client()
        try:
            await self._unless_stopped(reader.start())
            if not self._stopping.is_set():
                self._queues = Queues(await self._find_offsets(reader))
            if self.plan.is_enabled and not self._stopping.is_set():
                async with asyncio.TaskGroup() as tasks:
                    await self._read_until_stopped(reader, client, tasks)
        finally:
            await client.close()
            await reader.stop()

    def stop(self) -> None:
        """Finish the requests that have begun, and begin no more."""
        self._stopping.set()
        self._recovered.set()

    def take_progress(self) -> Progress | None:
        """Return what has changed since the last call; None if nothing has."""
        tally = self._tally
        if not tally.has_changed:
            return None
        self._tally = Tally(failures=tally.failures, missed=tally.missed)
        waiting = self._queues.waiting()
        self._context.metrics.webhook_waiting.labels(str(self.plan.target.endpoint_id)).set(waiting)
        return Progress(
            endpoint_id=self.plan.target.endpoint_id,
            replays=self.plan.replays,
            offsets=self._queues.positions(),
            waiting=waiting,
            missed=tally.missed,
            last_missed_at=tally.last_missed_at,
            failures=tally.failures,
            last_success_at=tally.last_success_at,
            last_failure_at=tally.last_failure_at,
            is_gone=tally.is_gone,
            attempts=tally.attempts,
        )

    async def _find_offsets(self, reader: Reader) -> dict[Partition, int]:
        """Return the offsets to start from: the saved ones, or those of the moment; what was purged is missed."""
        oldest = await reader.offsets_at(EPOCH)
        # After an error the delivery continues from memory, which is ahead of what was saved when the plan was made.
        found = self._queues.positions() or self.plan.offsets or await reader.offsets_at(self.plan.starts_at)
        start = gaps.find_start(partitions_of(oldest.keys(), self.plan.selection), found, oldest)
        self._record_gap(start.purged)
        self._changed()
        return dict(start.offsets)

    async def _read_until_stopped(self, reader: Reader, client: GuardedClient, tasks: asyncio.TaskGroup) -> None:
        measured = float("-inf")
        while not self._stopping.is_set():
            if (now := asyncio.get_running_loop().time()) - measured > MEASURE_SECONDS:
                measured, self._queues.ends = now, await reader.end_offsets()
                self._changed()
            first = self._queues.to_read()
            is_full = len(first) < len(self._queues.partitions)
            wait = BUSY_SECONDS if is_full else IDLE_SECONDS
            reading = reader.read(first, max_records=MAX_RECORDS, wait=wait) if first else asyncio.sleep(wait, [])
            records = await self._unless_stopped(reading)
            if records:
                expected = {at: queue.next_offset for at, queue in self._queues.partitions.items()}
                self._record_gap(gaps.purged_before(records, expected))
                selected = await self._select(records)
                for at in self._queues.add(selected):
                    tasks.create_task(self._deliver_partition(client, self._queues.partitions[at]))
                self._changed()
                if selected.is_waiting:
                    await asyncio.sleep(BUSY_SECONDS)

    async def _select(self, records: Sequence[Record]) -> SelectedEvents:
        context = self._context
        while True:
            try:
                return await feed.select_events(context.database, records, self.plan.selection, now=context.clock.now())
            except CONNECTION_ERRORS as error:
                if not is_transient(error) or self._stopping.is_set():
                    raise
            await asyncio.sleep(RETRY_SECONDS)

    async def _deliver_partition(self, client: GuardedClient, queue: PartitionQueue) -> None:
        """Deliver the events of a partition in order, each until it is accepted."""
        while queue.events and not self._stopping.is_set():
            attempt = await self._attempt(client, queue, queue.events[0])
            if attempt is None:
                return
            self._record(attempt)
            if attempt.is_accepted:
                queue.events.popleft()
                if queue.attempts > 1:
                    self._wake_others()
                queue.attempts = 0
            elif attempt.is_gone:
                self._tally.is_gone = True
                self.stop()
            else:
                await self._pause(queue.attempts, attempt)

    async def _attempt(self, client: GuardedClient, queue: PartitionQueue, event: WaitingEvent) -> Attempt | None:
        """Send the event when it is its turn. Return None if the delivery was stopped meanwhile."""
        async with self._slots:
            while (left := self._throttled_until - asyncio.get_running_loop().time()) > 0:
                await self._unless_stopped(asyncio.sleep(left))
                if self._stopping.is_set():
                    return None
            if self._stopping.is_set():
                return None
            queue.attempts += 1
            return await sender.send(
                client,
                self.plan.target,
                event_id=event.id,
                type_=event.type,
                body=event.body,
                number=queue.attempts,
                now=self._context.clock.now(),
                # What time alone has caused has no trace, and begins none here.
                tracer=self._context.tracer if is_sampled(event.cause) else None,
                cause=event.cause,
            )

    def _record(self, attempt: Attempt) -> None:
        tally = self._tally
        tally.attempts.append(attempt)
        if attempt.is_accepted:
            tally.failures, tally.last_success_at = 0, attempt.attempted_at
        else:
            tally.failures, tally.last_failure_at = tally.failures + 1, attempt.attempted_at
        metrics = self._context.metrics
        metrics.webhook_attempts.labels(attempt.error or "accepted").inc()
        metrics.webhook_seconds.observe(attempt.duration_ms / 1000)
        self._changed()

    async def _pause(self, failures: int, attempt: Attempt) -> None:
        """Wait before the next attempt, unless the endpoint recovers meanwhile."""
        if attempt.retry_after is not None:
            self._throttled_until = asyncio.get_running_loop().time() + attempt.retry_after
            return
        jitter = random.random()  # noqa: S311 - spreads attempts, hides nothing
        seconds = rules.pause_after(failures, longest=self._context.max_pause, jitter=jitter)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._recovered.wait()

    def _wake_others(self) -> None:
        """End the pauses of the other partitions: the receiver accepts events again."""
        self._recovered.set()
        self._recovered = asyncio.Event()

    def _record_gap(self, purged: Mapping[Partition, int]) -> None:
        """Count the records that were purged before they were read, and go on with the oldest that are left."""
        if not purged:
            return
        count, id_ = sum(purged.values()), self.plan.target.endpoint_id
        self._tally.missed += count
        self._tally.last_missed_at = self._context.clock.now()
        self._context.metrics.webhook_missed.inc(count)
        log.warning("webhook %s: records purged before it came to them: %s", id_, gaps.describe(purged))

    def _changed(self) -> None:
        self._tally.has_changed = True
        self._context.on_progress()

    async def _unless_stopped(self, work: Awaitable[Result]) -> Result | None:
        """Await the work, or the stop: then the work is cancelled and None returned."""
        task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stopping.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
