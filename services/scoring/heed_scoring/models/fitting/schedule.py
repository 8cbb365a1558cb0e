"""Nightly fits, where the operator has set a time and there are enough customers."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.business_days import UTC_DAYS
from heed_common.clock import Clock
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_scoring.engine.model import Population
from heed_scoring.models.challenger import challenger
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.tables import Fit

JOB = "nightly_fit"
"""Name of the job in failed work; its rows are days."""
TICK = timedelta(microseconds=1)
"""The challenger is compared with the champion after the night's purchase model."""


async def request_nightly_fit(
    session: AsyncSession, *, at: time, clock: Clock, isolate: Isolation = all_at_once
) -> bool:
    """Request a fit once a day after that time (UTC). With too few customers the fit ends with that result.

    Return whether it was requested.
    """
    now = clock.now()
    day = UTC_DAYS.day_of(now)  # The time of day is one in UTC, so the night is, too.
    if now.time() < at or await models_repository.was_scheduled_since(session, UTC_DAYS.start_of(day)):
        return False
    key = day.isoformat()

    async def ask_for(_: Sequence[str]) -> None:
        await _request_fits(session, now=now)

    if await failed_work.select_waiting(session, JOB, [key], now=now):
        return False
    await isolate(session, JOB, [key], ask_for, key=str, now=now)
    return True


async def _request_fits(session: AsyncSession, *, now: datetime) -> None:
    """Request the fit, and a calibrated challenger if enough outcomes are known; it is promoted if it is better."""
    enough = await _has_enough_customers(session)
    session.add(_fit(challenger.PURCHASE_MODEL, at=now, problem=None if enough else "too_few_customers"))
    today = (await models_repository.business_days(session)).day_of(now)
    if enough and await challenger.has_enough_outcomes(session, today=today):
        session.add(_fit(challenger.CALIBRATED, at=now + TICK))


def _fit(algorithm: str, *, at: datetime, problem: str | None = None) -> Fit:
    return Fit(
        id=new_id(),
        algorithm=algorithm,
        observed_until=None,
        penalty=1.0,
        promote=True,
        scheduled=True,
        state="failed" if problem else "pending",
        problem=problem,
        requested_at=at,
        finished_at=at if problem else None,
    )


async def _has_enough_customers(session: AsyncSession) -> bool:
    histories = await models_repository.purchase_histories(session, until=None, rates={})
    repeaters = sum(repeats > 0 for repeats, _, _, _ in histories)
    return Population(len(histories), repeaters).is_many
