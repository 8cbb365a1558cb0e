"""The newest records of the embedded log in memory, for subscribers of the process that has appended them.

A subscriber that has read everything before them needs no query. Of each partition a run without gaps is remembered:
after a gap, where another process has appended, or an append whose outcome is unknown, subscribers query the log.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heed_common.broker.protocols import Message, Partition, Record

MAX_BYTES = 8_000_000
"""Size of the remembered values, of all partitions together."""


@dataclass(slots=True)
class Run:
    """Consecutive records of a partition, from the offset `first` on."""

    first: int
    records: deque[Record] = field(default_factory=deque)

    @property
    def end(self) -> int:
        """Return the offset after the last record."""
        return self.first + len(self.records)


class RecentRecords:
    """What this process has appended last."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._runs: dict[Partition, Run] = {}
        self._order: deque[Run] = deque()
        """The run of each remembered record, the oldest record first."""

    def add(self, batches: Mapping[Partition, Sequence[Message]], ends: Mapping[Partition, int]) -> None:
        """Remember batches that are committed, by the offset after each."""
        for partition, messages in batches.items():
            offset = ends[partition] - len(messages)
            run = self._runs.setdefault(partition, Run(offset))
            if run.end != offset:
                self._forget(run, next_offset=max(run.end, ends[partition]))
                continue
            for at, message in enumerate(messages, start=offset):
                run.records.append(Record(*partition, at, message.key, message.value, message.headers))
                self._order.append(run)
                self._bytes += len(message.value)
        while self._bytes > self._max_bytes:
            self._drop_oldest()

    def ends(self, positions: Mapping[Partition, int]) -> dict[Partition, int] | None:
        """Return the offset after the last record of each partition; None if records before the runs are missing."""
        ends: dict[Partition, int] = {}
        for partition, position in positions.items():
            run = self._runs.get(partition)
            if run is not None and position < run.first:
                return None
            ends[partition] = position if run is None else max(run.end, position)
        return ends

    def read(self, positions: Mapping[Partition, int], limits: Mapping[Partition, int]) -> list[Record]:
        """Return the records of each partition from its position on, up to its limit. `ends` has covered them."""
        found: list[Record] = []
        for partition, limit in sorted(limits.items()):
            run = self._runs[partition]
            start = positions[partition] - run.first
            found += [run.records[at] for at in range(start, min(start + limit, len(run.records)))]
        return found

    def _forget(self, run: Run, *, next_offset: int) -> None:
        """Start the run again at an offset: readers that have not come so far must query the log."""
        self._bytes -= sum(len(record.value) for record in run.records)
        self._order = deque(other for other in self._order if other is not run)
        run.records.clear()
        run.first = next_offset

    def _drop_oldest(self) -> None:
        run = self._order.popleft()
        self._bytes -= len(run.records.popleft().value)
        run.first += 1
