"""Interfaces of a message broker, limited to what Kafka, a log in PostgreSQL and a list in memory all guarantee."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Partition = tuple[str, int]
"""Name of the topic and number of the partition."""


@dataclass(frozen=True, slots=True)
class Message:
    """A record to be published; messages with one key stay in order."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A published record, with its position."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    """Empty if the record has none (a Kafka tombstone)."""
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PublishResult:
    """Indexes of the messages that the broker has acknowledged, and the error if there was one."""

    acknowledged: frozenset[int]
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class ConsumerPosition:
    """The next offset to read of each assigned partition, and its lag: how many records follow."""

    offsets: Mapping[Partition, int] = field(default_factory=dict)
    lag: Mapping[Partition, int] = field(default_factory=dict)


class Publisher(Protocol):
    """Appends messages. The messages of one partition are acknowledged together or not at all."""

    async def start(self) -> None: ...

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        """Publish at most one batch per partition, in order; messages that do not fit are not acknowledged.

        After an error the publisher has already replaced its connection: select the batch again and publish it.
        """
        ...

    async def stop(self) -> None: ...


class Subscriber(Protocol):
    """Reads topics as a member of a group: first from the beginning, later from the committed offsets."""

    async def start(self) -> None: ...

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        """Return the next records, ordered within each partition; none if none arrived within `wait` seconds."""
        ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offset to read of each partition; ignored for partitions that were revoked."""
        ...

    async def heartbeat(self) -> None:
        """Stay a member of the group without reading on, while a batch is being retried."""
        ...

    async def position(self) -> ConsumerPosition:
        """Return offsets and lag of the partitions that are assigned to this member."""
        ...

    async def stop(self) -> None: ...


class Reader(Protocol):
    """Reads all partitions of its topics without a group, from offsets that the caller stores.

    `end_offsets` and `offsets_at` raise `ConnectionError`, or an error of the database, if the broker fails meanwhile.
    """

    async def start(self) -> None: ...

    async def read(self, first: Mapping[Partition, int], *, max_records: int, wait: float) -> Sequence[Record]:
        """Return the next records of these partitions, each from its offset on, ordered within each partition.

        None if none arrived within `wait` seconds. If an offset has been purged, its partition continues with the
        first record that exists.
        """
        ...

    async def end_offsets(self) -> Mapping[Partition, int]:
        """Return the end offset of each partition: the offset of the next record."""
        ...

    async def offsets_at(self, moment: datetime) -> Mapping[Partition, int]:
        """Return the first offset of each partition that was appended at the moment or later, or its end."""
        ...

    async def stop(self) -> None: ...


class Bus(Protocol):
    """A broker."""

    shares_groups: bool
    """Whether all members of a group read at once, each its share of the partitions; otherwise one reads at a time."""

    async def apply_topics(self, topics: Mapping[str, "TopicSettings"]) -> None:
        """Create missing topics. Raises `WrongPartitions` for an existing one with another number of partitions."""
        ...

    async def check_topics(self, topics: Sequence[str], *, partitions: int) -> None:
        """Raise `WrongPartitions` if a topic is missing or has another number of partitions."""
        ...

    def publisher(self) -> Publisher: ...

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        """Return a subscriber; without a group it reads all partitions from the beginning and commits nothing."""
        ...

    def reader(self, topics: Sequence[str]) -> Reader:
        """Return a reader of all partitions of the topics. Each has one caller at a time."""
        ...

    async def committed_offsets(self, group: str, topics: Sequence[str]) -> Mapping[Partition, int]:
        """Return the committed offsets of a group (the next ones to read), without joining it."""
        ...

    async def end_offsets(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """Return the end offset of each partition: the offset of the next record."""
        ...

    async def retentions(self, topics: Sequence[str]) -> Mapping[str, int]:
        """Return the retention of each topic in milliseconds; negative means unlimited."""
        ...

    async def set_committed_offsets(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Set the committed offsets of a group without active members. Raises `GroupInUse`."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TopicSettings:
    partitions: int
    retention_ms: int


class GroupInUse(Exception):
    """The group has active members, which would continue from their own offsets."""


class WrongPartitions(Exception):
    """The number of partitions is fixed when a topic is created; with another one keys would change their partition."""


class MissingTopic(WrongPartitions):
    """Topics are created by `heed topics apply`, never by the first message."""


def require_partitions(existing: Mapping[str, int], required: Mapping[str, int]) -> None:
    """Raise `MissingTopic` or `WrongPartitions` unless the topics exist with these numbers of partitions."""
    if missing := sorted(required.keys() - existing.keys()):
        raise MissingTopic(f"There is no topic {', '.join(missing)}: run `heed topics apply`.")
    for topic, partitions in required.items():
        if existing[topic] != partitions:
            raise WrongPartitions(
                f"Topic {topic} was created with {existing[topic]} partitions, HEED_PARTITIONS says {partitions}."
            )
