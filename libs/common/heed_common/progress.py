"""Progress of a long command, printed every few seconds."""

from collections.abc import Callable
from time import perf_counter

PAUSE_SECONDS = 2.0


class Progress:
    """`write_line` prints a line. The clock measures durations only."""

    def __init__(self, write_line: Callable[[str], None]) -> None:
        self._write_line = write_line
        self._began = self._last = perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self._began

    def at(self, what: str, done: int, *, of: int | None = None) -> None:
        """Print the progress, unless it was printed a moment ago."""
        if perf_counter() - self._last >= PAUSE_SECONDS:
            self._last = perf_counter()
            self._write_line(f"{self.seconds:6.0f} s  {done:,}{'' if of is None else f' of {of:,}'} {what}")
