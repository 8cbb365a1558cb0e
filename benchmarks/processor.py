"""Time of the processor that work takes, here and in PostgreSQL: on a shared machine the wall says little."""

import os
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import NamedTuple

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")


class Processor(NamedTuple):
    """Seconds of the processor."""

    python: float
    postgresql: float

    def __sub__(self, before: "Processor") -> "Processor":
        return Processor(self.python - before.python, self.postgresql - before.postgresql)

    def __add__(self, other: "Processor") -> "Processor":  # type: ignore[override]
        return Processor(self.python + other.python, self.postgresql + other.postgresql)

    def per(self, count: int) -> dict[str, int]:
        """Return microseconds per piece of work, as a benchmark prints them."""
        python, postgresql = round(self.python / count * 1e6), round(self.postgresql / count * 1e6)
        return {"python": python, "postgresql": postgresql, "both": python + postgresql}


ZERO = Processor(0.0, 0.0)


def used(data_dir: Path) -> Processor:
    """Return what was used so far by this process, and by the cluster in the folder with its ended processes."""
    server = int((data_dir / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return Processor(process_time(), sum(_ticks(server)) / TICK)


def _ticks(server: int) -> Iterator[int]:
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(folder.name) == server:
            yield sum(map(int, fields[11:15]))
        elif int(fields[1]) == server:
            yield sum(map(int, fields[11:13]))
