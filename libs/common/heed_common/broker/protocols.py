"""What Heed asks of a message broker: nothing beyond what Kafka, a PostgreSQL log and a list in memory all keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Partition = tuple[str, int]
"""A topic's name and the number of the partition in it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be published; messages of one key stay in order."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What was published, with its place."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    """Empty if the record has none (a Kafka tombstone)."""
    headers: tuple[tuple[str, bytes | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PublishResult:
    """Which messages the broker has acknowledged, by their place in what was published, and what went wrong."""

    acknowledged: frozenset[int]
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class ConsumerPosition:
    """How far a group has come: the next offset to read, and how many records lie behind it."""

    offsets: Mapping[Partition, int] = field(default_factory=dict)
    lag: Mapping[Partition, int] = field(default_factory=dict)


class Publisher(Protocol):
    """Appends messages. Each partition's share is acknowledged whole or not at all."""

    async def start(self) -> None: ...

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        """Sends at most one closed batch a partition, in order; what does not fit is left unacknowledged.

        After a receipt with an error the publisher has already replaced its connection: claim again and publish.
        """
        ...

    async def stop(self) -> None: ...


class Subscriber(Protocol):
    """Reads topics as a member of a group: from the beginning, then from what the group has committed."""

    async def start(self) -> None: ...

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        """The next records in order of each partition; empty when none came within `wait` seconds."""
        ...

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        """Notes for the group the next offset to read of each partition; harmless when a partition was taken away."""
        ...

    async def heartbeat(self) -> None:
        """Stays a member while a batch is being retried, without reading on."""
        ...

    async def position(self) -> ConsumerPosition:
        """The partitions that this member holds now, where it stands and what is still to come."""
        ...

    async def stop(self) -> None: ...


class Bus(Protocol):
    """One broker as a service sees it."""

    async def apply_topics(self, topics: Mapping[str, "TopicSettings"]) -> None:
        """Makes the topics that are missing; refuses one that has another number of partitions (`WrongPartitions`)."""
        ...

    async def check_topics(self, topics: Sequence[str], *, partitions: int) -> None:
        """Refuses to go on when a topic is missing or has another number of partitions."""
        ...

    def publisher(self) -> Publisher: ...

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        """A reader of topics; without a group it reads all partitions from the beginning and its commits do nothing."""
        ...

    async def committed_offsets(self, group: str, topics: Sequence[str]) -> Mapping[Partition, int]:
        """The next offset to read that a group has committed, of each partition where it has; nobody joins it."""
        ...

    async def end_offsets(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """Return the end offset of each partition: the offset of the next record."""
        ...

    async def retentions(self, topics: Sequence[str]) -> Mapping[str, int]:
        """Return the retention of each topic in milliseconds; negative means unlimited."""
        ...

    async def set_committed_offsets(self, group: str, positions: Mapping[Partition, int]) -> None:
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
    """The number of partitions was fixed when the topics were made; keys would land elsewhere with another."""


class MissingTopic(WrongPartitions):
    """Topics are made by `heed topics apply`, never by the first message."""


def require_partitions(found: Mapping[str, int], wanted: Mapping[str, int]) -> None:
    """Refuses when a wanted topic is missing or was made with another number of partitions."""
    if missing := sorted(wanted.keys() - found.keys()):
        raise MissingTopic(f"There is no topic {', '.join(missing)}: run `heed topics apply`.")
    for topic, partitions in wanted.items():
        if found[topic] != partitions:
            raise WrongPartitions(
                f"Topic {topic} was made with {found[topic]} partitions, HEED_PARTITIONS says {partitions}."
            )
