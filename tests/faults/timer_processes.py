"""The timers of the complaint service in processes of their own, by a clock that the test moves."""

import asyncio
from datetime import datetime, timedelta
from multiprocessing.sharedctypes import Synchronized

from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_complaint.sla.jobs import DeadlineScheduler
from tests.forks import FORKS


class MovedClock(SystemClock):
    """The clock of the machine, so many seconds ahead; all processes that share it jump at once."""

    def __init__(self, ahead: "Synchronized[float]") -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._ahead.value)

    def jump(self, by: timedelta) -> None:
        with self._ahead.get_lock():
            self._ahead.value += by.total_seconds()


def make_ahead() -> "Synchronized[float]":
    return FORKS.Value("d", 0.0)


def watch(database_url: str, ahead: "Synchronized[float]") -> None:
    """Runs until it is killed."""
    asyncio.run(DeadlineScheduler(Database(database_url), clock=MovedClock(ahead), metrics=Metrics("complaint")).run())
