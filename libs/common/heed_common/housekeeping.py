"""What every service forgets in time, so that nothing grows for ever: answers kept for idempotency."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import idempotency
from heed_common.clock import Clock
from heed_common.resources import Resources
from heed_common.timer import Timer

LOCK = 0x48454544_0002
HOUR = 3600.0


def housekeeping(resources: Resources) -> Timer:
    """The loop for a service's worker: once an hour."""
    return Timer("housekeeping", _tidy, database=resources.database, clock=resources.clock, lock=LOCK, pause=HOUR)


async def _tidy(session: AsyncSession, clock: Clock) -> None:
    await idempotency.purge(session, clock.now())
