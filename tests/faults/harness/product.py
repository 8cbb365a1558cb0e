"""The product under test: with a steered clock, on a small disk, and open to violence."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from heed.postgres_server import Cluster
from tests.e2e.product import EmbeddedProduct
from tests.faults.harness.clock import SteeredClock
from tests.faults.harness.disk import SmallDisk, can_mount

CLIENT_BACKEND = b"postgres: heed "
BACKEND_SECONDS = 10.0
POSTGRESQL_SECONDS = 30.0


class ProductUnderTest(EmbeddedProduct):
    """The embedded product as a process, which outlives the harness' kills by being started again."""

    start_limit_seconds = 240.0  # A busy machine is no fault of the product.

    def __init__(self, **environment: str) -> None:
        super().__init__(**environment)
        self._disk = SmallDisk(self.folder / "disk") if can_mount() else None
        if self._disk is not None:
            self._disk.mount()
            self.data_dir = self.folder / "disk" / ".heed"
        self._clock_file = self.folder / "clock"
        self.clock = SteeredClock(self._clock_file)

    @property
    def module(self) -> Sequence[str]:
        return ("tests.faults.harness.steered_product", str(self._clock_file))

    @property
    def disk(self) -> SmallDisk:
        """The disk to fill. Raises where none could be mounted."""
        if self._disk is None:
            raise RuntimeError("a disk to fill needs root, to mount a small file system")
        return self._disk

    def url(self, database: str) -> str:
        """Return the address of a database. Raises `ConnectionRefusedError` while no PostgreSQL runs."""
        cluster = Cluster(self.data_dir / "postgres")
        if not cluster.attach():
            raise ConnectionRefusedError("PostgreSQL is not running")
        return cluster.url(database)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the product's process until this ends."""
        assert self._process is not None
        with stopped([self._process.pid]):
            yield

    @contextmanager
    def frozen_postgresql(self) -> Iterator[None]:
        """Stop the database server with all its backends until this ends."""
        postmaster = self.postgresql_pid()
        assert postmaster is not None
        with stopped([postmaster, *children(postmaster)]):
            yield

    def kill_postgresql(self) -> None:
        """Kill the postmaster; its backends notice and end. After another kill, wait until it runs again."""
        deadline = time.monotonic() + POSTGRESQL_SECONDS
        while not self._is_postmaster_killed():
            assert time.monotonic() < deadline, "the product did not start its database again"
            time.sleep(0.05)

    def _is_postmaster_killed(self) -> bool:
        postmaster = self.postgresql_pid()
        if postmaster is None:
            return False
        with suppress(ProcessLookupError):  # The file of a killed one is still there until the next one starts.
            os.kill(postmaster, signal.SIGKILL)
            return True
        return False

    def kill_backend(self, number: int) -> None:
        """Kill one of the product's connections: the server ends all others and recovers."""
        deadline = time.monotonic() + BACKEND_SECONDS
        while not (backends := self._backends()):
            assert time.monotonic() < deadline, "the product has no connection to its database"
            time.sleep(0.05)
        with suppress(ProcessLookupError):
            os.kill(backends[number % len(backends)], signal.SIGKILL)

    def remove_backups(self, folder: Path) -> None:
        """Remove the backup, and what was in use before it was restored."""
        for directory in (folder, *(self.data_dir / "postgres").glob("data.before-*")):
            shutil.rmtree(directory)

    def remove(self) -> None:
        if self._disk is not None:
            self._disk.free()
        try:
            super().remove()
        finally:
            if self._disk is not None:
                self._disk.unmount()
                shutil.rmtree(self.folder, ignore_errors=True)

    def _backends(self) -> list[int]:
        postmaster = self.postgresql_pid()
        return [pid for pid in children(postmaster) if _title(pid).startswith(CLIENT_BACKEND)] if postmaster else []


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """Hold these processes with SIGSTOP; they go on at the end, however it ends."""
    for pid in pids:
        _send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            _send(pid, signal.SIGCONT)


def children(parent: int) -> list[int]:
    """Find the child processes in Linux' process table."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (directory / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(directory.name))
    return sorted(found)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
