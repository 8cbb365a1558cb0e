"""A clock that another process may set: the machine's time plus an offset in a shared file, or one moment for good."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from heed_common.clock import SystemClock

STATE = struct.Struct("<dd")
"""Seconds ahead of the machine, and the moment at which it is halted, 0 while it runs."""


class SteeredClock(SystemClock):
    """The product's clock in the harness; waiting takes its time all the same."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(STATE.pack(0.0, 0.0))
        with path.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), STATE.size)

    def now(self) -> datetime:
        ahead, halted_at = self._read()
        return datetime.fromtimestamp(halted_at, UTC) if halted_at else datetime.now(UTC) + timedelta(seconds=ahead)

    def jump(self, by: timedelta) -> None:
        """Set the clock forward or back for all who share the file."""
        ahead, _ = self._read()
        STATE.pack_into(self._state, 0, ahead + by.total_seconds(), 0.0)

    def halt(self) -> None:
        """Let no more time pass, so that what is read now and what is read later can be compared."""
        ahead, _ = self._read()
        STATE.pack_into(self._state, 0, ahead, self.now().timestamp())

    def _read(self) -> tuple[float, float]:
        ahead, halted_at = STATE.unpack_from(self._state)
        return float(ahead), float(halted_at)
