"""Drift of the model in force: calibration of its published risks, and shift of their distribution.

Checked once a day, when all customers have the score of the day. The reference of the shift is the distribution of the
first day on which the model in force had scored all customers. A month is evaluated once, when the horizon after its
last day is over; purchases that are reported later do not change it.
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
"""From here on a warning is logged."""
MIN_CUSTOMERS_FOR_SHIFT = 200
MIN_CUSTOMERS_FOR_CALIBRATION = 1000
"""With fewer, chance alone would raise the alert."""
MAX_MONTHS = 24
"""Older months are neither evaluated nor shown."""
REFERENCE_KEY = "published_risk"
"""Key of the reference distribution in the diagnostics of a model."""
DAY = timedelta(days=1)

log = logging.getLogger(__name__)


class Check(NamedTuple):
    """One measure on one day, or for the month that ends with it."""

    measure: str
    day: date

    def __str__(self) -> str:
        return f"{self.measure}:{self.day}"


class DriftJob:
    """The daily check, one finding a call: each month that is over, then today."""

    def __init__(self, metrics: Metrics) -> None:
        self._gauges = {
            SHIFT: Gauge(
                "heed_risk_shift", "Population stability index of the published risks.", registry=metrics.registry
            ),
            CALIBRATION: Gauge(
                "heed_risk_calibration_gap",
                "Mean distance of published risks from what happened, last month evaluated.",
                registry=metrics.registry,
            ),
        }

    async def __call__(self, session: AsyncSession, clock: Clock, isolate: Isolation = all_at_once) -> bool:
        """Store the next finding. Return whether there may be more."""
        now = clock.now()
        today = (await models_repository.business_days(session)).day_of(now)
        latest = await drift_repository.list_findings(session, SHIFT, limit=1)
        if latest and latest[0].day >= today:
            self._set_gauge(latest[0])
            return False
        stored = await models_repository.in_force(session)
        if await repository.has_due_customers(session, today=today, model_version=stored.version, now=now):
            return False
        checks = [Check(CALIBRATION, month) for month in await _due_months(session, today)] + [Check(SHIFT, today)]
        waiting = await failed_work.select_waiting(session, JOB, list(map(str, checks)), now=now)
        due = [one for one in checks if str(one) not in waiting]

        async def check(some: Sequence[Check]) -> None:
            for one in some:
                await self._check(session, stored, one)

        await isolate(session, JOB, due[:1], check, key=str, now=now)
        return len(due) > 1

    async def _check(self, session: AsyncSession, stored: ModelVersion, one: Check) -> None:
        at_today = one.measure == SHIFT
        found = await (_check_today(session, stored, one.day) if at_today else _check_month(session, one.day, stored))
        await drift_repository.insert_finding(session, found)
        self._set_gauge(found)
        if exceeds_limit(found):
            log.warning("%s of the churn risks on %s is %.3f, limit %.2f", found.measure, found.day, found.value,
                        LIMITS[found.measure])  # fmt: skip

    def _set_gauge(self, found: Drift) -> None:
        if found.value is not None:
            self._gauges[found.measure].set(found.value)


def exceeds_limit(found: Drift) -> bool:
    return found.value is not None and found.value >= LIMITS[found.measure]


async def get_report(session: AsyncSession) -> dict[str, Any]:
    """Return the latest findings, newest first, and the measures above their limit."""
    shifts = await drift_repository.list_findings(session, SHIFT, limit=MAX_MONTHS)
    months = await drift_repository.list_findings(session, CALIBRATION, limit=MAX_MONTHS)
    alerts = [found.measure for found in (*shifts[:1], *months[:1]) if exceeds_limit(found)]
    return {"limits": LIMITS, "alerts": alerts, "shift": shifts, "calibration": months}


async def _check_today(session: AsyncSession, stored: ModelVersion, today: date) -> Drift:
    reference = stored.diagnostics.get(REFERENCE_KEY) or await _store_reference(session, stored, today)
    counts = await drift_repository.risk_counts(session, reference["borders"] if reference else ())
    enough = reference is not None and sum(counts) >= MIN_CUSTOMERS_FOR_SHIFT
    return Drift(
        measure=SHIFT,
        day=today,
        model_version=stored.version,
        customers=sum(counts),
        value=measures.population_stability_index(reference["shares"], counts) if reference and enough else None,
        detail={"since": reference["day"] if reference else None, "groups": counts},
    )


async def _store_reference(session: AsyncSession, stored: ModelVersion, today: date) -> dict[str, Any] | None:
    """Store the reference distribution in the model's diagnostics; None while there are too few customers."""
    borders = await drift_repository.deciles(session)
    counts = await drift_repository.risk_counts(session, borders)
    customers = sum(counts)
    if customers < MIN_CUSTOMERS_FOR_SHIFT:
        return None
    shares = [count / customers for count in counts]
    reference = {"day": today.isoformat(), "customers": customers, "borders": borders, "shares": shares}
    stored.diagnostics = stored.diagnostics | {REFERENCE_KEY: reference}
    return reference


async def _due_months(session: AsyncSession, today: date) -> Sequence[date]:
    """Return the last days of months that can be evaluated and were not, oldest first."""
    since = await drift_repository.first_publication(session)
    if since is None:
        return ()
    evaluated = {
        found.day for found in await drift_repository.list_findings(session, CALIBRATION, limit=MAX_MONTHS + 1)
    }
    days = await models_repository.business_days(session)
    return [day for day in _month_ends(days.day_of(since), today) if day not in evaluated]


def _month_ends(since: date, today: date) -> Sequence[date]:
    """Return the last days of months since then whose horizon is over, oldest first."""
    found: list[date] = []
    last = today.replace(day=1) - DAY
    while last >= since and len(found) < MAX_MONTHS:
        if last + HORIZON < today:
            found.append(last)
        last = last.replace(day=1) - DAY
    return found[::-1]


async def _check_month(session: AsyncSession, day: date, stored: ModelVersion) -> Drift:
    end = (await models_repository.business_days(session)).end_of(day)
    table = await drift_repository.calibration(session, day=day, end=end)
    customers = int(table.customers.sum())
    return Drift(
        measure=CALIBRATION,
        day=day,
        model_version=await models_repository.in_force_at(session, end) or stored.version,
        customers=customers,
        value=measures.expected_calibration_error(table) if customers >= MIN_CUSTOMERS_FOR_CALIBRATION else None,
        detail={
            "said": _mean(table.forecast, table.customers),
            "happened": _mean(table.observed, table.customers),
            "groups": [
                {"customers": int(count), "said": float(predicted), "happened": float(observed)}
                for count, predicted, observed in zip(*table, strict=True)
            ],
        },
    )


def _mean(values: Floats, customers: Integers) -> float | None:
    return float(np.average(values, weights=customers)) if len(values) else None
