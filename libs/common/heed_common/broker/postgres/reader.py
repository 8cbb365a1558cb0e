"""Reader of the embedded log: it holds no connection while it waits, and needs no query at the end of the log."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from heed_common.broker.postgres import log as postgres_log
from heed_common.broker.postgres.recent_records import RecentRecords
from heed_common.broker.protocols import Partition, Record
from heed_common.database import Database
from heed_common.signals import Signal

MAX_WAIT_SECONDS = 2.0
"""Longest time between two reads without a signal: records of another process (`HEED_PROCESSES`) send none."""


class PostgresReader:
    """Reads by primary key, only what was appended since the offset that the caller names."""

    def __init__(self, database: Database, topics: Sequence[str], *, appended: Signal, recent: RecentRecords) -> None:
        self._database = database
        self._topics = tuple(topics)
        self._appended = appended
        self._recent = recent
        self._complete_until = float("-inf")
        self._complete: Mapping[Partition, int] = {}
        """The offsets from which a query has found nothing: what this process has appended since is in memory."""

    async def start(self) -> None:
        """Connections come from the pool when they are needed."""

    async def read(self, first: Mapping[Partition, int], *, max_records: int, wait: float) -> Sequence[Record]:
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            seen = self._appended.count
            if records := await self._read_new(first, max_records):
                return records
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            await self._appended.wait(since=seen, seconds=min(left, MAX_WAIT_SECONDS))

    async def end_offsets(self) -> Mapping[Partition, int]:
        async with self._database.autocommit() as connection:
            return await postgres_log.end_offsets(connection, self._topics)

    async def offsets_at(self, moment: datetime) -> Mapping[Partition, int]:
        async with self._database.autocommit() as connection:
            return await postgres_log.offsets_at(connection, self._topics, moment)

    async def stop(self) -> None:
        """Nothing is open between two calls."""

    async def _read_new(self, first: Mapping[Partition, int], max_records: int) -> list[Record]:
        """Read an equal share of each partition that has records, so that none starves behind a busy one."""
        now = asyncio.get_running_loop().time()
        is_complete = now < self._complete_until and self._is_complete(first)
        if is_complete and (recent := self._recent.ends(first)) is not None:
            return self._recent.read(first, _shares(first, recent, max_records))
        async with self._database.autocommit() as connection:
            ends = await postgres_log.end_offsets(connection, self._topics)
            shares = _shares(first, ends, max_records)
            if not shares:
                self._complete, self._complete_until = dict(first), now + MAX_WAIT_SECONDS
                return []
            self._complete_until = float("-inf")
            return await postgres_log.read(connection, {at: first[at] for at in shares}, shares)

    def _is_complete(self, first: Mapping[Partition, int]) -> bool:
        return all(at in self._complete and offset >= self._complete[at] for at, offset in first.items())


def _shares(first: Mapping[Partition, int], ends: Mapping[Partition, int], max_records: int) -> dict[Partition, int]:
    waiting = [at for at, offset in first.items() if offset < ends.get(at, 0)]
    return dict.fromkeys(waiting, max(1, max_records // max(1, len(waiting))))
