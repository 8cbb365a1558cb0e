"""Seconds of the processor that processes have used, from /proc: what a shared machine cannot blur as it does rates."""

import os
from collections.abc import Iterator
from pathlib import Path

from heed.postgres_server import Cluster

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, OWN_TIMES, CHILDREN_TIMES = 1, slice(11, 13), slice(13, 15)
"""Positions after the name of the program in /proc/PID/stat."""


def seconds(pid: int) -> float:
    """Return the seconds that the process has used."""
    return sum(map(int, _stat(pid)[OWN_TIMES])) / TICKS


def own_seconds() -> float:
    """Return the seconds that this process has used."""
    return seconds(os.getpid())


def cluster_seconds(cluster: Cluster) -> float:
    """Return the seconds of a PostgreSQL server: of the server itself, its processes, and those that have ended."""
    server = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    ended = sum(map(int, _stat(server)[CHILDREN_TIMES])) / TICKS
    return ended + seconds(server) + sum(map(seconds, _children(server)))


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                is_child = int(_stat(int(entry.name))[PARENT]) == parent
            except FileNotFoundError:  # It has ended since the folder was read.
                continue
            if is_child:
                yield int(entry.name)


def _stat(pid: int) -> list[str]:
    # The name of the program, in brackets, may itself contain blanks and brackets.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
