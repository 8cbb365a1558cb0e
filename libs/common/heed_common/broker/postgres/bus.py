"""The embedded broker: a log in PostgreSQL, for one process without a Kafka server."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.partitioner import group_by_partition, take_batch
from heed_common.broker.postgres import log as postgres_log
from heed_common.broker.postgres.reader import PostgresReader
from heed_common.broker.postgres.recent_records import RecentRecords
from heed_common.broker.protocols import (
    ConsumerPosition,
    GroupInUse,
    Message,
    MissingTopic,
    Partition,
    Publisher,
    PublishResult,
    Reader,
    Record,
    Subscriber,
    TopicSettings,
    require_partitions,
)
from heed_common.clock import Clock
from heed_common.database import CONNECTION_ERRORS, Database, is_transient
from heed_common.failed_work.isolation import Isolation
from heed_common.metrics import Metrics
from heed_common.periodic_job import PeriodicJob
from heed_common.signals import Signal

MAX_BATCH_BYTES = 1_000_000
NET_SECONDS, RETRY_SECONDS = 5.0, 0.5
"""Longest time between two reads without a signal, for a member of a group; and for other readers, who are processes
without signals, or wait for the group."""
SAVE_INTERVAL = 0.25
"""Least time between two saved positions. After a crash, what came since is delivered again, as after any crash."""
QUERY_INTERVAL = 1.0
"""Longest time that a subscriber relies on memory alone; its next read finds what another process has appended too."""
HOUR = 3600.0

log = logging.getLogger(__name__)


class PostgresBus:
    """The log in one process. Closing it closes the database."""

    shares_groups = False

    def __init__(self, database: Database, *, max_batch_bytes: int = MAX_BATCH_BYTES) -> None:
        self._database = database
        self._max_batch_bytes = max_batch_bytes
        self._appended = Signal("heed_log")
        self._recent = RecentRecords()

    async def apply_topics(self, topics: Mapping[str, TopicSettings]) -> None:
        """Create missing topics, and the tables if they are missing."""
        required = {topic: settings.partitions for topic, settings in topics.items()}
        async with self._database.transaction() as session:
            await postgres_log.create_tables(session)
            require_partitions(required | await postgres_log.topic_partitions(session), required)
            await postgres_log.create_topics(session, topics)

    async def check_topics(self, topics: Sequence[str], *, partitions: int) -> None:
        async with self._database.transaction() as session:
            found = await postgres_log.topic_partitions(session)
        require_partitions(found, dict.fromkeys(topics, partitions))

    def publisher(self) -> Publisher:
        return PostgresPublisher(
            self._database, appended=self._appended, recent=self._recent, max_batch_bytes=self._max_batch_bytes
        )

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        """Return a subscriber; `instance_id` is ignored, because one member of a group reads at a time."""
        return PostgresSubscriber(
            self._database, group=group, topics=topics, appended=self._appended, recent=self._recent
        )

    def reader(self, topics: Sequence[str]) -> Reader:
        return PostgresReader(self._database, topics, appended=self._appended, recent=self._recent)

    async def committed_offsets(self, group: str, topics: Sequence[str]) -> Mapping[Partition, int]:
        async with self._database.autocommit() as connection:
            return await postgres_log.committed_offsets(connection, group, topics)

    async def end_offsets(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        async with self._database.autocommit() as connection:
            return await postgres_log.end_offsets(connection, topics)

    async def retentions(self, topics: Sequence[str]) -> Mapping[str, int]:
        async with self._database.autocommit() as connection:
            return await postgres_log.retentions(connection, topics)

    async def set_committed_offsets(self, group: str, offsets: Mapping[Partition, int]) -> None:
        async with self._database.autocommit() as connection:
            try:
                if not await postgres_log.acquire_group(connection, group):
                    raise GroupInUse(f"The group {group} has active members.")
                await postgres_log.save_positions(connection, group, offsets)
            finally:
                await connection.invalidate()  # The lock belongs to the connection.

    def housekeeping(self, clock: Clock, metrics: Metrics) -> PeriodicJob:
        """Return the job that purges expired records; Kafka does that itself."""
        return PeriodicJob(
            "log",
            _purge_log,
            database=self._database,
            clock=clock,
            metrics=metrics,
            lock=AdvisoryLock.LOG_PURGE,
            pause=HOUR,
        )

    async def close(self) -> None:
        await self._database.close()


async def _purge_log(session: AsyncSession, clock: Clock, _: Isolation) -> bool:
    """Purge a page in one statement: no row fails alone, and if the statement fails the loop restarts with back-off."""
    return await postgres_log.purge(session, clock.now())


class PostgresPublisher:
    """Appends each batch in one transaction."""

    def __init__(self, database: Database, *, appended: Signal, recent: RecentRecords, max_batch_bytes: int) -> None:
        self._database = database
        self._appended = appended
        self._recent = recent
        self._max_batch_bytes = max_batch_bytes
        self._partitions: Mapping[str, int] = {}

    async def start(self) -> None:
        """Connections come from the pool when they are needed."""

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        try:
            missing = await self._missing({message.topic for message in messages})
            indexes = sorted(group_by_partition(messages, self._partitions).items())
            batches = {at: take_batch(messages, these, max_bytes=self._max_batch_bytes) for at, these in indexes}
            if batches:
                await self._append({at: [messages[index] for index in batch] for at, batch in batches.items()})
        except (SQLAlchemyError, OSError) as error:
            return PublishResult(frozenset(), error)
        return PublishResult(frozenset(index for batch in batches.values() for index in batch), missing)

    async def _append(self, batches: Mapping[Partition, Sequence[Message]]) -> None:
        async with self._database.autocommit() as connection:
            ends = await postgres_log.append(connection, batches)
        self._recent.add(batches, ends)
        self._appended.notify()

    async def stop(self) -> None:
        """Nothing is open between two calls."""

    async def _missing(self, topics: set[str]) -> MissingTopic | None:
        """Return the error for missing topics. Partitions are loaded again only for a new topic: they never change."""
        if not topics <= self._partitions.keys():
            async with self._database.transaction() as session:
                self._partitions = await postgres_log.topic_partitions(session)
        missing = sorted(topics - self._partitions.keys())
        return MissingTopic(f"There is no topic {', '.join(missing)}.") if missing else None


class PostgresSubscriber:
    """Reads on the connection that holds the group's lock: one cannot be lost without the other."""

    def __init__(
        self,
        database: Database,
        *,
        group: str | None,
        topics: Sequence[str],
        appended: Signal,
        recent: RecentRecords,
    ) -> None:
        self._database = database
        self._group = group
        self._topics = tuple(topics)
        self._appended = appended
        self._recent = recent
        self._queried_at = float("-inf")
        """When a query has found that everything was read."""
        self._resources = AsyncExitStack()
        self._connection: AsyncConnection | None = None
        self._next: dict[Partition, int] | None = None
        self._polled: set[Partition] = set()
        self._last_read: Partition = ("", -1)
        self._seen: int | None = None
        self._net_at = float("-inf")
        self._unsaved: dict[Partition, int] = {}
        self._saved_at = float("-inf")

    async def start(self) -> None:
        await self._try_poll(max_records=0)

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        now = asyncio.get_running_loop().time
        deadline = now() + wait
        while True:
            if self._appended.count != self._seen or now() >= self._net_at:
                self._seen = self._appended.count
                if records := await self._try_poll(max_records=max_records):
                    self._seen = None  # There may be more.
                    return records
                has_signals = self._group is not None and self._next is not None
                self._net_at = now() + (NET_SECONDS if has_signals else RETRY_SECONDS)
            await self._save_positions()
            if now() >= deadline:
                return []
            await self._wait(min(deadline, self._net_at) - now())

    async def _wait(self, seconds: float) -> None:
        """Wait for records, or until it is time to save positions."""
        limit = min(seconds, SAVE_INTERVAL) if self._unsaved else seconds
        await self._appended.wait(since=self._appended.count if self._seen is None else self._seen, seconds=limit)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        self._unsaved |= {partition: offset for partition, offset in offsets.items() if partition in self._polled}
        await self._save_positions()

    async def _save_positions(self, *, at_once: bool = False) -> None:
        """Save the positions, unless that was done a moment ago: then the next poll does it."""
        now = asyncio.get_running_loop().time()
        if self._group is None or self._connection is None or not self._unsaved:
            return
        if now - self._saved_at < SAVE_INTERVAL and not at_once:
            return
        try:
            await postgres_log.save_positions(self._connection, self._group, self._unsaved)
        except CONNECTION_ERRORS as error:
            await self._release(error)
        else:
            self._unsaved, self._saved_at = {}, now

    async def heartbeat(self) -> None:
        """The lock lasts as long as the connection."""
        await self._save_positions()

    async def position(self) -> ConsumerPosition:
        if self._connection is None or self._next is None:
            return ConsumerPosition()
        try:
            ends = await postgres_log.end_offsets(self._connection, self._topics)
        except CONNECTION_ERRORS as error:
            await self._release(error)
            return ConsumerPosition()
        return ConsumerPosition(dict(self._next), {at: ends[at] - offset for at, offset in self._next.items()})

    async def stop(self) -> None:
        await self._save_positions(at_once=True)
        await self._disconnect()

    async def _try_poll(self, *, max_records: int) -> list[Record]:
        """Poll; return nothing if another member holds the group or the database is unavailable."""
        try:
            connection = self._connection or await self._connect()
            if self._next is None and not await self._acquire_group(connection):
                return []
            return await self._read(connection, self._next or {}, max_records)
        except CONNECTION_ERRORS as error:
            await self._release(error)
            return []

    async def _connect(self) -> AsyncConnection:
        self._connection = await self._resources.enter_async_context(self._database.autocommit())
        return self._connection

    async def _acquire_group(self, connection: AsyncConnection) -> bool:
        if self._group is not None and not await postgres_log.acquire_group(connection, self._group):
            return False
        committed = (
            await postgres_log.committed_offsets(connection, self._group, self._topics)
            if self._group is not None
            else {}
        )
        self._next = {
            at: committed.get(at, 0) for at in sorted(await postgres_log.end_offsets(connection, self._topics))
        }
        return True

    async def _read(self, connection: AsyncConnection, first: dict[Partition, int], max_records: int) -> list[Record]:
        """Read from memory, or else from the log; after a query that finds nothing new, memory is complete."""
        now = asyncio.get_running_loop().time()
        recent = self._recent.ends(first) if now - self._queried_at < QUERY_INTERVAL else None
        ends = await postgres_log.end_offsets(connection, self._topics) if recent is None else recent
        waiting = {at: ends[at] - offset for at, offset in first.items() if ends[at] > offset}
        if recent is None:
            self._queried_at = float("-inf") if waiting else now
        limits = self._shares(waiting, max_records)
        if not limits:
            return []
        if recent is None:
            records = await postgres_log.read(connection, {at: first[at] for at in limits}, limits)
        else:
            records = self._recent.read(first, limits)
        # Purged records are missing in the result: their offsets are skipped.
        first.update({at: first[at] + limits[at] for at in limits})
        first.update({(record.topic, record.partition): record.offset + 1 for record in records})
        self._polled.update((record.topic, record.partition) for record in records)
        return records

    def _shares(self, waiting: Mapping[Partition, int], max_records: int) -> dict[Partition, int]:
        """Return how many records to read of each partition, starting after the last one read, so that none starves."""
        order = sorted(waiting, key=lambda at: (at <= self._last_read, at))
        shares: dict[Partition, int] = {}
        for at in order:
            if max_records <= 0:
                break
            shares[at] = min(waiting[at], max_records)
            max_records -= shares[at]
            self._last_read = at
        return shares

    async def _release(self, error: Exception) -> None:
        """Give up the group after an error: another member may get it, so polled records must not be committed."""
        if not is_transient(error):
            raise error
        level = logging.WARNING if self._next is not None else logging.DEBUG  # Once, not at every attempt.
        log.log(level, "embedded log unavailable, continuing from the committed offsets: %s", type(error).__name__)
        await self._disconnect()

    async def _disconnect(self) -> None:
        connection, self._connection, self._next = self._connection, None, None
        self._queried_at = float("-inf")
        self._seen = None
        self._polled.clear()
        self._unsaved.clear()
        if connection is not None:
            # The lock belongs to the connection and must not go back into the pool with it.
            await connection.invalidate()
        await self._resources.aclose()
