"""What a run used of the machine: processor seconds of this process and of PostgreSQL, WAL, growth of the tables."""

from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple, Self

import asyncpg

from benchmarks import processor
from heed.postgres_server import Cluster

MEBIBYTE = 1024 * 1024
SELECT_WAL = "SELECT CAST(pg_current_wal_lsn() - '0/0' AS bigint)"
SELECT_SIZE = "SELECT CAST(sum(pg_total_relation_size(relid)) AS bigint) FROM pg_stat_user_tables"


class Usage(NamedTuple):
    """A reading of all counters, or the difference of two."""

    wall: float
    python: float
    postgres: float
    """Of the server and all its processes, also of those that have ended."""
    wal: int
    size: int
    """Of all tables of the database with their indexes, in bytes."""

    @classmethod
    async def read(cls, cluster: Cluster, url: str) -> Self:
        connection = await asyncpg.connect(url)
        try:
            wal, size = await connection.fetchval(SELECT_WAL), await connection.fetchval(SELECT_SIZE)
        finally:
            await connection.close()
        return cls(perf_counter(), process_time(), _postgres_seconds(cluster), wal, size)

    def since(self, before: Self) -> Self:
        return type(self)(
            self.wall - before.wall,
            self.python - before.python,
            self.postgres - before.postgres,
            self.wal - before.wal,
            self.size - before.size,
        )

    def figures(self) -> dict[str, float]:
        """Return the counters for a JSON line."""
        return {
            "wall_s": round(self.wall, 2),
            "python_cpu_s": round(self.python, 2),
            "postgres_cpu_s": round(self.postgres, 2),
            "wal_mib": round(self.wal / MEBIBYTE),
            "growth_mib": round(self.size / MEBIBYTE),
        }


def peak_memory_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _postgres_seconds(cluster: Cluster) -> float:
    server = int((cluster.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return processor.seconds(server)
