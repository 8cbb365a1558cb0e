"""Forecast of waiting times from those of other complaints; those still waiting count as censored. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from heed_complaint.sla.clock.opening_hours import OpeningHours
from heed_measures import survival

MIN_CASES = 20
"""Fewer would make the forecast a guess."""
LEVEL = 0.95
MEDIAN, P90 = 0.5, 0.9
WINDOW = timedelta(days=28)
"""The period of arrivals and completions."""


@dataclass(frozen=True, slots=True)
class WaitingTime:
    """A waiting time, and whether the wait is over."""

    seconds: float
    over: bool


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of the waiting time with its confidence interval; None where too few waits are over."""

    seconds: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class WaitForecast:
    """The forecast of a wait that begins now; without numbers it has the reason."""

    cases: int
    over: int
    median: Quantile | None
    p90: Quantile | None
    reason: str | None


def waiting_time(since: datetime, until: datetime | None, *, now: datetime) -> WaitingTime:
    """Return the waiting time; 0 if the end was recorded before the start, as for a call of another day."""
    return WaitingTime(max(((until or now) - since).total_seconds(), 0.0), until is not None)


def forecast(waits: Sequence[WaitingTime]) -> WaitForecast:
    """Return quantiles of the waiting time (Kaplan-Meier) with their 95 % intervals (Brookmeyer and Crowley)."""
    over = sum(wait.over for wait in waits)
    if over < MIN_CASES:
        reason = f"Fewer than {MIN_CASES} such waits are over."
        return WaitForecast(len(waits), over, median=None, p90=None, reason=reason)
    curve = survival.kaplan_meier([wait.seconds for wait in waits], [wait.over for wait in waits])
    median, p90 = (Quantile(*survival.quantile(curve, share, level=LEVEL)) for share in (MEDIAN, P90))
    return WaitForecast(len(waits), over, median, p90, reason=None)


def working_days(hours: OpeningHours, *, since: datetime, until: datetime) -> int:
    """Return the number of working days of the office from the day of `since` until before that of `until`."""
    first, last = (at.astimezone(hours.zone).date().toordinal() for at in (since, until))
    return sum(bool(hours.intervals_on(date.fromordinal(ordinal))) for ordinal in range(first, last))


def backlog_days(open_cases: int, *, completed: int, days: int) -> float | None:
    """Return the working days that the backlog takes at the recent throughput; None if nothing was completed."""
    return open_cases * days / completed if completed and days else None


def per_day(count: int, days: int) -> float | None:
    return count / days if days else None
