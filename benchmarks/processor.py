"""Processor time of a process and of all that it started, read from /proc."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from time import process_time

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, TIMES = 1, slice(11, 15)
"""Fields after the name in /proc/PID/stat: the parent; user, system, and both of the children that have ended."""


def seconds(root: int) -> float:
    """Return the processor time of the process, its living descendants and those that were waited for."""
    children: dict[int, list[int]] = defaultdict(list)
    spent: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            content = path.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended meanwhile.
        pid, fields = int(path.parent.name), content.rpartition(")")[2].split()
        children[int(fields[PARENT])].append(pid)
        spent[pid] = sum(map(int, fields[TIMES]))
    found, total = [root], 0
    while found:
        pid = found.pop()
        total += spent.get(pid, 0)
        found.extend(children[pid])
    return total / TICKS


def used(data: Path) -> dict[str, float]:
    """Return the seconds that this process, without its children, and the cluster in the folder have used so far."""
    server = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    return {"python": process_time(), "postgresql": seconds(server)}


def microseconds(before: Mapping[str, float], after: Mapping[str, float], *, per: int) -> dict[str, float]:
    """Return the microseconds that were used for each of so many pieces of work, by process."""
    return {name: (after[name] - before[name]) / per * 1e6 for name in before}
