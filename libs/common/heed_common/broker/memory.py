"""A broker in memory for tests, with the guarantees of the real ones."""

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from heed_common.broker.partitioner import group_by_partition, take_batch
from heed_common.broker.protocols import (
    ConsumerPosition,
    GroupInUse,
    Message,
    Partition,
    Publisher,
    PublishResult,
    Reader,
    Record,
    Subscriber,
    TopicSettings,
    require_partitions,
)

MAX_BATCH_BYTES = 1_000_000


class PublishRefused(Exception):
    """The error for a batch of a partition that a test has closed."""


class MemoryBus:
    """Topics are lists; one member of a group reads them at a time."""

    shares_groups = False

    def __init__(self, *, max_batch_bytes: int = MAX_BATCH_BYTES) -> None:
        self.max_batch_bytes = max_batch_bytes
        self.partitions: dict[str, int] = {}
        self.retention_ms: dict[str, int] = {}
        self.records: dict[Partition, list[Record]] = {}
        self.appended_at: dict[Partition, list[datetime]] = {}
        self.committed: dict[str, dict[Partition, int]] = {}
        self.readers: dict[str, MemorySubscriber] = {}
        self.purged: dict[Partition, int] = {}
        """The first offset of each partition that is left after a purge."""
        self.refused: set[Partition] = set()
        """Partitions whose batches fail."""
        self.appended = asyncio.Event()

    async def apply_topics(self, topics: Mapping[str, TopicSettings]) -> None:
        required = {topic: settings.partitions for topic, settings in topics.items()}
        require_partitions(required | self.partitions, required)
        self.partitions |= required
        self.retention_ms = {topic: settings.retention_ms for topic, settings in topics.items()} | self.retention_ms
        for topic, partitions in required.items():
            for partition in range(partitions):
                self.records.setdefault((topic, partition), [])
                self.appended_at.setdefault((topic, partition), [])

    async def check_topics(self, topics: Sequence[str], *, partitions: int) -> None:
        require_partitions(self.partitions, dict.fromkeys(topics, partitions))

    def publisher(self) -> Publisher:
        return MemoryPublisher(self)

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        return MemorySubscriber(self, group=group, topics=topics)

    def reader(self, topics: Sequence[str]) -> Reader:
        return MemoryReader(self, topics)

    async def committed_offsets(self, group: str, topics: Sequence[str]) -> Mapping[Partition, int]:
        return {at: offset for at, offset in self.committed.get(group, {}).items() if at[0] in topics}

    async def end_offsets(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        return {at: len(records) for at, records in self.records.items() if at[0] in topics}

    async def retentions(self, topics: Sequence[str]) -> Mapping[str, int]:
        return {topic: self.retention_ms[topic] for topic in topics}

    async def set_committed_offsets(self, group: str, offsets: Mapping[Partition, int]) -> None:
        if group in self.readers:
            raise GroupInUse(f"The group {group} has active members.")
        self.committed.setdefault(group, {}).update(offsets)

    async def close(self) -> None:
        self.readers.clear()

    def purge(self, before: Mapping[Partition, int]) -> None:
        """Remove the records before these offsets, as the retention of a topic does."""
        for partition, offset in before.items():
            self.purged[partition] = offset

    def remaining(self, partition: Partition, offset: int) -> Sequence[Record]:
        """Return the records from the offset on, or from the first that is left."""
        return self.records[partition][max(offset, self.purged.get(partition, 0)) :]

    def append(self, partition: Partition, messages: Sequence[Message]) -> None:
        log = self.records[partition]
        for message in messages:
            log.append(Record(*partition, len(log), message.key, message.value, message.headers))
            self.appended_at[partition].append(datetime.now(UTC))
        self.appended.set()
        self.appended = asyncio.Event()


class MemoryPublisher:
    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def start(self) -> None:
        """Nothing to connect to."""

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        acknowledged: set[int] = set()
        indexes = group_by_partition(messages, self._bus.partitions)
        error: Exception | None = None
        if missing := sorted({message.topic for message in messages} - self._bus.partitions.keys()):
            error = PublishRefused(f"There is no topic {', '.join(missing)}.")
        for partition, candidates in indexes.items():
            if partition in self._bus.refused:
                error = PublishRefused("The batch was refused.")
                continue
            batch = take_batch(messages, candidates, max_bytes=self._bus.max_batch_bytes)
            self._bus.append(partition, [messages[index] for index in batch])
            acknowledged.update(batch)
        return PublishResult(frozenset(acknowledged), error)

    async def stop(self) -> None:
        """Nothing to release."""


class MemorySubscriber:
    def __init__(self, bus: MemoryBus, *, group: str | None, topics: Sequence[str]) -> None:
        self._bus = bus
        self._group = group
        self._topics = frozenset(topics)
        self._position: dict[Partition, int] = {}

    async def start(self) -> None:
        self._acquire_group()

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            appended = self._bus.appended
            if records := self._next(max_records):
                return records
            try:
                async with asyncio.timeout_at(deadline):
                    await appended.wait()
            except TimeoutError:
                return []

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        if self._group is not None and self._bus.readers.get(self._group) is self:
            self._bus.committed.setdefault(self._group, {}).update(offsets)

    async def heartbeat(self) -> None:
        """Partitions are never revoked."""

    async def position(self) -> ConsumerPosition:
        lag = {partition: len(self._bus.records[partition]) - at for partition, at in self._position.items()}
        return ConsumerPosition(dict(self._position), lag)

    async def stop(self) -> None:
        if self._group is not None and self._bus.readers.get(self._group) is self:
            del self._bus.readers[self._group]
            self._bus.appended.set()
            self._bus.appended = asyncio.Event()
        self._position = {}

    def _acquire_group(self) -> bool:
        """Assign all partitions to the group's first reader. Return False if another reader has them."""
        if self._group is not None and self._bus.readers.setdefault(self._group, self) is not self:
            return False
        committed = self._bus.committed.get(self._group, {}) if self._group is not None else {}
        for partition in self._bus.records:
            if partition[0] in self._topics:
                self._position.setdefault(partition, committed.get(partition, 0))
        return True

    def _next(self, max_records: int) -> list[Record]:
        records: list[Record] = []
        if self._acquire_group():
            for partition, at in list(self._position.items()):
                found = self._bus.remaining(partition, at)[: max_records - len(records)]
                if found:
                    # Move it to the end of the order, so that no partition starves behind a busy one.
                    del self._position[partition]
                    self._position[partition] = found[-1].offset + 1
                records += found
        return records


class MemoryReader:
    def __init__(self, bus: MemoryBus, topics: Sequence[str]) -> None:
        self._bus = bus
        self._topics = frozenset(topics)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def read(self, first: Mapping[Partition, int], *, max_records: int, wait: float) -> Sequence[Record]:
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            appended = self._bus.appended
            share = max(1, max_records // max(1, len(first)))
            if records := [found for at, offset in first.items() for found in self._bus.remaining(at, offset)[:share]]:
                return records[:max_records]
            try:
                async with asyncio.timeout_at(deadline):
                    await appended.wait()
            except TimeoutError:
                return []

    async def end_offsets(self) -> Mapping[Partition, int]:
        return await self._bus.end_offsets(sorted(self._topics))

    async def offsets_at(self, moment: datetime) -> Mapping[Partition, int]:
        return {
            at: max(bisect_left(moments, moment), self._bus.purged.get(at, 0))
            for at, moments in self._bus.appended_at.items()
            if at[0] in self._topics
        }

    async def stop(self) -> None:
        """Nothing to release."""
