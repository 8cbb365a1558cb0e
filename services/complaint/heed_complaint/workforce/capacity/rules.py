"""What a customer has to expect, from how long others waited; who still waits counts too. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from heed_complaint.sla.clock.opening_hours import Hours
from heed_measures import survival

LEAST_CASES = 20
"""Below that a prediction would be a guess."""
LEVEL = 0.95
HALF, MOST = 0.5, 0.9
WINDOW = timedelta(days=28)
"""Over which arrivals and completions are counted."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long somebody has waited, and whether it is over."""

    seconds: float
    over: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """The time within which so many of all are served, with its interval; empty where too few were yet."""

    seconds: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is to be expected of a wait that begins now; without numbers it says why."""

    cases: int
    over: int
    half: Expected | None
    most: Expected | None
    reason: str | None


def wait(since: datetime, until: datetime | None, *, now: datetime) -> Wait:
    """A moment recorded before its beginning, as of a call of another day, is no wait at all."""
    return Wait(max(((until or now) - since).total_seconds(), 0.0), until is not None)


def predict(waits: Sequence[Wait]) -> Prediction:
    """Quantiles of the waiting time by Kaplan and Meier, each with its 95 % interval (Brookmeyer and Crowley)."""
    over = sum(one.over for one in waits)
    if over < LEAST_CASES:
        reason = f"Fewer than {LEAST_CASES} such waits are over."
        return Prediction(len(waits), over, half=None, most=None, reason=reason)
    curve = survival.kaplan_meier([one.seconds for one in waits], [one.over for one in waits])
    half, most = (Expected(*survival.quantile(curve, share, level=LEVEL)) for share in (HALF, MOST))
    return Prediction(len(waits), over, half, most, reason=None)


def working_days(hours: Hours, *, since: datetime, until: datetime) -> int:
    """On how many days of the office, from the one of `since` to the one before that of `until`, work was done."""
    first, last = (at.astimezone(hours.zone).date().toordinal() for at in (since, until))
    return sum(bool(hours.on(date.fromordinal(ordinal))) for ordinal in range(first, last))


def days_of_work(open_cases: int, *, completed: int, days: int) -> float | None:
    """How many working days what lies there takes at the pace of late; unknown where nothing was completed."""
    return open_cases * days / completed if completed and days else None


def per_day(count: int, days: int) -> float | None:
    return count / days if days else None
