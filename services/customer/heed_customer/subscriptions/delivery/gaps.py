"""Records that a topic purged before an endpoint came to them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heed_common.broker.protocols import Partition, Record
from heed_customer.subscriptions.feed.rules import by_partition


@dataclass(frozen=True, slots=True)
class Start:
    """Where an endpoint starts to read, and how many records before that it had not passed."""

    offsets: Mapping[Partition, int]
    purged: Mapping[Partition, int]
    """By partition, only those with a gap."""


def find_start(
    partitions: Iterable[Partition], saved: Mapping[Partition, int], oldest: Mapping[Partition, int]
) -> Start:
    """Return the saved offset of each partition, or its oldest record if that one was purged.

    A partition without a saved offset is new: its records are read from the oldest on, and none of them is missed.
    """
    offsets = {at: max(saved.get(at, oldest[at]), oldest[at]) for at in partitions}
    purged = {at: offset - saved[at] for at, offset in offsets.items() if at in saved and offset > saved[at]}
    return Start(offsets, purged)


def purged_before(records: Sequence[Record], expected: Mapping[Partition, int]) -> dict[Partition, int]:
    """Return how many records of each partition were purged between two reads: offsets have no gaps otherwise."""
    found = {at: read[0].offset - expected[at] for at, read in by_partition(records).items()}
    return {at: count for at, count in found.items() if count > 0}


def describe(purged: Mapping[Partition, int]) -> str:
    """Return the records by topic, for the log."""
    counts: dict[str, int] = {}
    for (topic, _), count in sorted(purged.items()):
        counts[topic] = counts.get(topic, 0) + count
    return ", ".join(f"{topic}: {count}" for topic, count in counts.items())
