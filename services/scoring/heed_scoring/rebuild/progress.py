"""How far it has come, said once in a while to whoever waits."""

from collections.abc import Callable
from time import perf_counter

PAUSE_SECONDS = 2.0


class Progress:
    """`say` prints a line; the clock measures how long something took, nothing else."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = self._last = perf_counter()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return perf_counter() - self._began

    def at(self, what: str, done: int, *, of: int | None = None) -> None:
        """So much is done."""
        if perf_counter() - self._last >= PAUSE_SECONDS:
            self._last = perf_counter()
            self._say(f"{self.seconds:6.0f} s  {done:,}{'' if of is None else f' of {of:,}'} {what}")
