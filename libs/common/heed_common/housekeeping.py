"""What every service forgets in time, so that nothing grows for ever: answers kept for idempotency, and what failed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import idempotency
from heed_common.clock import Clock
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation
from heed_common.resources import Resources
from heed_common.timer import Timer

LOCK = 0x48454544_0002
HOUR = 3600.0
NAME = "housekeeping"

Purge = Callable[[AsyncSession, datetime], Awaitable[object]]


async def _purge_failed_work(session: AsyncSession, now: datetime) -> None:
    await failed_work.delete_forgotten(session, now=now)


PURGES: Mapping[str, Purge] = {"idempotency": idempotency.purge, "failed_work": _purge_failed_work}
"""By the table that each of them purges: where one fails, the others are done."""


def housekeeping(resources: Resources) -> Timer:
    """The loop for a service's worker: once an hour."""
    return Timer(
        NAME,
        _tidy,
        database=resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        lock=LOCK,
        pause=HOUR,
    )


async def _tidy(session: AsyncSession, clock: Clock, isolate: Isolation) -> None:
    now = clock.now()

    async def purge(names: Sequence[str]) -> None:
        for name in names:
            await PURGES[name](session, now)

    waiting = await failed_work.select_waiting(session, NAME, PURGES, now=now)
    await isolate(session, NAME, [name for name in PURGES if name not in waiting], purge, key=str, now=now)
