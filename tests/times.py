"""Where the time of the tests goes: CPU seconds by file, fixture, and test, which a busy machine does not change.

A pytest plugin (`-p tests.times`, `make test-times`). Counts the test process and every process that came of it, also
those that have left it: servers. What it can not see is a process that came and went between two looks with no parent
left to count it. CPU is beside the seconds by the clock: where these are many more, a test waits.
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

MARK = "HEED_TESTS_OF"
TICKS = os.sysconf("SC_CLK_TCK")
TOP = 40


class Processes:
    """CPU seconds of this process and of all that came of it, as Linux counts them."""

    def __init__(self) -> None:
        os.environ[MARK] = str(os.getpid())
        self._mark = f"{MARK}={os.getpid()}\0".encode()
        self._ours: dict[str, bool] = {}

    def cpu(self) -> float:
        own = os.times()
        pids = sorted((entry.name for entry in os.scandir("/proc") if entry.name.isdigit()), key=int)
        pids.remove(str(os.getpid()))
        self._ours = {pid: known for pid, known in self._ours.items() if pid in pids}
        return own.user + own.system + own.children_user + own.children_system + sum(map(self._of, pids))

    def _of(self, pid: str) -> float:
        try:
            fields = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
            if pid not in self._ours:
                marked = self._mark in Path("/proc", pid, "environ").read_bytes() + b"\0"
                self._ours[pid] = marked or self._is_ours(fields[1]) or self._serves_us(pid)
        except OSError:  # it has just ended
            return 0.0
        # Its own time and that of its children that have ended.
        return sum(map(int, fields[11:15])) / TICKS if self._ours[pid] else 0.0

    def _serves_us(self, pid: str) -> bool:
        """PostgreSQL has a clean environment and no parent: who holds the lock beside its data has started it."""
        program, *arguments = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
        if not program.endswith(b"/postgres") or b"-D" not in arguments:
            return False
        inode = Path(os.fsdecode(arguments[arguments.index(b"-D") + 1]), "..", "lock").stat().st_ino
        locks = (line.split() for line in Path("/proc/locks").read_text().splitlines())
        return any(self._is_ours(lock[4]) for lock in locks if lock[5].endswith(f":{inode}"))

    def _is_ours(self, pid: str) -> bool:
        return pid == str(os.getpid()) or self._ours.get(pid, False)


class Times:
    def __init__(self, lines: Path) -> None:
        self._processes = Processes()
        self._lines = lines

    def _measure(self, **what: str) -> Iterator[None]:
        cpu, clock = self._processes.cpu(), time.monotonic()
        try:
            return (yield)
        finally:
            spent = {"cpu": self._processes.cpu() - cpu, "clock": time.monotonic() - clock}
            with self._lines.open("a") as lines:
                lines.write(json.dumps(what | spent) + "\n")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measure(test=item.nodeid, phase="setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measure(test=item.nodeid, phase="call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        return (yield from self._measure(test=item.nodeid, phase="teardown"))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        return (yield from self._measure(fixture=fixturedef.argname))


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        for earlier in _folder(config).glob("*.jsonl"):
            earlier.unlink()
    config.pluginmanager.register(Times(_folder(config) / f"{worker or 'main'}.jsonl"))


def _folder(config: pytest.Config) -> Path:
    return config.cache.mkdir("times")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = [line for path in _folder(config).glob("*.jsonl") for line in path.read_text().splitlines()]
    for title, table in tables([json.loads(line) for line in lines]):
        terminalreporter.section(title)
        terminalreporter.write_line("    cpu   clock  calls")
        for name, (cpu, clock, calls) in table:
            terminalreporter.write_line(f"{cpu:7.2f} {clock:7.2f} {calls:6d}  {name}")


def tables(rows: list[dict]) -> Iterator[tuple[str, list]]:
    """By file, fixture, and test: the dearest first."""
    kinds = ("file", "fixture", "test")
    sums: dict[str, dict[str, list]] = {kind: defaultdict(lambda: [0.0, 0.0, 0]) for kind in kinds}
    for row in rows:
        names = {"fixture": row["fixture"]} if "fixture" in row else {"file": row["test"].split("::")[0]} | row
        for kind in sums.keys() & names.keys():
            total = sums[kind][names[kind]]
            total[0] += row["cpu"]
            total[1] += row["clock"]
            total[2] += row.get("phase", "call") == "call"
    for kind, table in sums.items():
        cpu, clock = (sum(total[n] for total in table.values()) for n in (0, 1))
        yield (
            f"by {kind}: {cpu:.0f} s of CPU, {clock:.0f} s by the clock",
            sorted(table.items(), key=lambda entry: -entry[1][0])[: None if kind == "file" else TOP],
        )
