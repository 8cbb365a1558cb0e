"""Fits that nobody has to ask for: once a day, where the operator has set a time and there is enough to learn from."""

from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.identifiers import new_id
from heed_scoring import models_repository
from heed_scoring.tables import Fit

LEAST_CUSTOMERS = 200
LEAST_REPEATERS = 50


async def ask(session: AsyncSession, *, at: time, clock: Clock) -> None:
    """After that time of the UTC day, once a day. With too few customers the day's fit says so and is done."""
    now = clock.now()
    midnight = datetime.combine(now.date(), time.min, now.tzinfo)
    if now.time() < at or await models_repository.was_scheduled_since(session, midnight):
        return
    enough = await _is_enough(session)
    session.add(
        Fit(
            id=new_id(),
            algorithm="mbg_nbd",
            observed_until=None,
            penalty=1.0,
            promote=True,
            scheduled=True,
            state="pending" if enough else "failed",
            problem=None if enough else "too_few_customers",
            requested_at=now,
            finished_at=None if enough else now,
        )
    )


async def _is_enough(session: AsyncSession) -> bool:
    histories = await models_repository.histories(session, until=None, rates={})
    repeaters = sum(repeats > 0 for repeats, _, _, _ in histories)
    return len(histories) >= LEAST_CUSTOMERS and repeaters >= LEAST_REPEATERS
