"""Watching what was released: do the published risks come true, and are the customers still those of the fit.

Once a day, when everybody has the score of the day. The distribution that today's is held against is that of the first
day on which the model in force spoke for everybody. A month is judged once, when the horizon after its last day is
over; what is reported later still does not change it.
"""

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.failed_work import repository as failed_work
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.metrics import Metrics
from heed_measures import drift as measures
from heed_measures.arrays import Floats, Integers
from heed_scoring.insights.drift import repository as drift_repository
from heed_scoring.models.outcomes.point_in_time import HORIZON
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import repository
from heed_scoring.tables import Drift, ModelVersion

JOB = "drift"
"""Name of the job in failed work; its rows are measures of a day."""
SHIFT, CALIBRATION = "shift", "calibration"
LIMITS = {SHIFT: measures.PSI_ALERT, CALIBRATION: measures.CALIBRATION_ALERT}
"""From here on somebody is told."""
LEAST_FOR_SHIFT = 200
LEAST_FOR_CALIBRATION = 1000
"""With fewer, chance alone would raise the alarm."""
MONTHS = 24
"""So far back, and no further, are months judged and shown."""
FROZEN = "published_risk"
"""Where the diagnostics of a model keep the distribution of its first day."""
DAY = timedelta(days=1)

log = logging.getLogger(__name__)


class Look(NamedTuple):
    """One measure on one day, or for the month that ends with it."""

    measure: str
    day: date

    def __str__(self) -> str:
        return f"{self.measure}:{self.day}"


class Watch:
    """The daily look, one piece at a time: each month that is over, then today."""

    def __init__(self, metrics: Metrics) -> None:
        self._gauges = {
            SHIFT: Gauge(
                "heed_risk_shift", "Population stability index of the published risks.", registry=metrics.registry
            ),
            CALIBRATION: Gauge(
                "heed_risk_calibration_gap",
                "Mean distance of published risks from what happened, last month judged.",
                registry=metrics.registry,
            ),
        }

    async def __call__(self, session: AsyncSession, clock: Clock, isolate: Isolation = all_at_once) -> bool:
        """Answers whether there may be more to look at."""
        now = clock.now()
        today = (await models_repository.business_days(session)).day_of(now)
        latest = await drift_repository.noted(session, SHIFT, limit=1)
        if latest and latest[0].day >= today:
            self._show(latest[0])
            return False
        stored = await models_repository.in_force(session)
        if await repository.any_due(session, today=today, model_version=stored.version, now=now):
            return False
        looks = [Look(CALIBRATION, month) for month in await _unjudged_months(session, today)] + [Look(SHIFT, today)]
        waiting = await failed_work.select_waiting(session, JOB, list(map(str, looks)), now=now)
        due = [look for look in looks if str(look) not in waiting]

        async def look_at(some: Sequence[Look]) -> None:
            for look in some:
                await self._look(session, stored, look)

        await isolate(session, JOB, due[:1], look_at, key=str, now=now)
        return len(due) > 1

    async def _look(self, session: AsyncSession, stored: ModelVersion, look: Look) -> None:
        at_today = look.measure == SHIFT
        found = await (_look_at_today(session, stored, look.day) if at_today else _judge(session, look.day, stored))
        await drift_repository.note(session, found)
        self._show(found)
        if is_too_much(found):
            log.warning("%s of the churn risks on %s is %.3f, limit %.2f", found.measure, found.day, found.figure,
                        LIMITS[found.measure])  # fmt: skip

    def _show(self, found: Drift) -> None:
        if found.figure is not None:
            self._gauges[found.measure].set(found.figure)


def is_too_much(found: Drift) -> bool:
    return found.figure is not None and found.figure >= LIMITS[found.measure]


async def report(session: AsyncSession) -> dict[str, Any]:
    """What was found of late, newest first, and what of the latest is too much."""
    shifts = await drift_repository.noted(session, SHIFT, limit=MONTHS)
    months = await drift_repository.noted(session, CALIBRATION, limit=MONTHS)
    alerts = [found.measure for found in (*shifts[:1], *months[:1]) if is_too_much(found)]
    return {"limits": LIMITS, "alerts": alerts, "shift": shifts, "calibration": months}


async def _look_at_today(session: AsyncSession, stored: ModelVersion, today: date) -> Drift:
    frozen = stored.diagnostics.get(FROZEN) or await _freeze(session, stored, today)
    counts = await drift_repository.counts(session, frozen["borders"] if frozen else ())
    enough = frozen is not None and sum(counts) >= LEAST_FOR_SHIFT
    return Drift(
        measure=SHIFT,
        day=today,
        model_version=stored.version,
        customers=sum(counts),
        figure=measures.population_stability_index(frozen["shares"], counts) if frozen and enough else None,
        detail={"since": frozen["day"] if frozen else None, "groups": counts},
    )


async def _freeze(session: AsyncSession, stored: ModelVersion, today: date) -> dict[str, Any] | None:
    """Into the diagnostics of the model that speaks; None as long as there are too few customers."""
    borders = await drift_repository.deciles(session)
    counts = await drift_repository.counts(session, borders)
    customers = sum(counts)
    if customers < LEAST_FOR_SHIFT:
        return None
    shares = [count / customers for count in counts]
    frozen = {"day": today.isoformat(), "customers": customers, "borders": borders, "shares": shares}
    stored.diagnostics = stored.diagnostics | {FROZEN: frozen}
    return frozen


async def _unjudged_months(session: AsyncSession, today: date) -> Sequence[date]:
    """Return the last days of months that can be evaluated and were not, oldest first."""
    since = await drift_repository.first_said(session)
    if since is None:
        return ()
    judged = {found.day for found in await drift_repository.noted(session, CALIBRATION, limit=MONTHS + 1)}
    days = await models_repository.business_days(session)
    return [day for day in _month_ends(days.day_of(since), today) if day not in judged]


def _month_ends(since: date, today: date) -> Sequence[date]:
    """The last days of months since then, of which the horizon is over; oldest first."""
    found: list[date] = []
    last = today.replace(day=1) - DAY
    while last >= since and len(found) < MONTHS:
        if last + HORIZON < today:
            found.append(last)
        last = last.replace(day=1) - DAY
    return found[::-1]


async def _judge(session: AsyncSession, day: date, stored: ModelVersion) -> Drift:
    end = (await models_repository.business_days(session)).end_of(day)
    table = await drift_repository.came_true(session, day=day, end=end)
    customers = int(table.customers.sum())
    return Drift(
        measure=CALIBRATION,
        day=day,
        model_version=await models_repository.in_force_at(session, end) or stored.version,
        customers=customers,
        figure=measures.expected_calibration_error(table) if customers >= LEAST_FOR_CALIBRATION else None,
        detail={
            "said": _mean(table.forecast, table.customers),
            "happened": _mean(table.observed, table.customers),
            "groups": [
                {"customers": int(count), "said": float(said), "happened": float(happened)}
                for count, said, happened in zip(*table, strict=True)
            ],
        },
    )


def _mean(values: Floats, customers: Integers) -> float | None:
    return float(np.average(values, weights=customers)) if len(values) else None
