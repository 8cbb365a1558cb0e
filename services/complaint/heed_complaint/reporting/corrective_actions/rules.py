"""Whether a corrective action is late, and whether it helped. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from heed_measures.rate_ratio import RateRatio, rate_ratio

CONFIDENCE_LEVEL = 0.95
WEEK, PURCHASE = "week", "purchase"
ONE_WEEK = timedelta(weeks=1)
MIN_WINDOW = timedelta(days=1)
"""Before a day has passed nothing can be said."""


class Progress(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


class Trend(StrEnum):
    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"
    """What was counted may as well be chance."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, from its beginning up to but without its end."""

    since: datetime
    until: datetime

    @property
    def weeks(self) -> float:
        return max(self.until - self.since, timedelta()) / ONE_WEEK


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """What happened in a window."""

    window: Window
    complaints: int
    purchases: int | None
    """None where they are not known from the beginning of the window."""
    without_cause: int
    """Complaints whose cause nobody has found yet: some of them may be of this one."""

    def exposure(self, per: str) -> float:
        """On how many occasions complaints could have come."""
        return float(self.purchases or 0) if per == PURCHASE else self.window.weeks

    @property
    def per_week(self) -> float | None:
        return self.complaints / self.window.weeks if self.window.weeks else None

    @property
    def per_1000_purchases(self) -> float | None:
        return self.complaints / self.purchases * 1000 if self.purchases else None


@dataclass(frozen=True, slots=True)
class Effect:
    """Before against after."""

    before: WindowCounts
    after: WindowCounts
    per: str
    """What the rates are of: `purchase` where purchases are known of both windows, else `week`."""
    rates: RateRatio | None
    """None as long as there is too little time to compare."""
    verdict: Trend


def progress(*, due_at: datetime, done_at: datetime | None, now: datetime) -> Progress:
    if done_at is not None:
        return Progress.DONE
    return Progress.OVERDUE if now > due_at else Progress.OPEN


def windows(
    done_at: datetime, *, weeks: int, first_received_at: datetime | None, now: datetime
) -> tuple[Window, Window]:
    """So many weeks before it was done and after; not before the first complaint of all, and not beyond now."""
    counted = timedelta() if first_received_at is None else max(done_at - first_received_at, timedelta())
    since = done_at - min(counted, weeks * ONE_WEEK)
    return Window(since, done_at), Window(done_at, max(done_at, min(now, done_at + weeks * ONE_WEEK)))


def effect(before: WindowCounts, after: WindowCounts) -> Effect:
    """Whether complaints became rarer than chance explains."""
    per = PURCHASE if before.purchases and after.purchases else WEEK
    if min(window.until - window.since for window in (before.window, after.window)) < MIN_WINDOW:
        return Effect(before, after, per, None, Trend.UNCLEAR)
    rates = rate_ratio(
        before.complaints,
        after.complaints,
        exposure_before=before.exposure(per),
        exposure_after=after.exposure(per),
        level=CONFIDENCE_LEVEL,
    )
    return Effect(before, after, per, rates, _trend(rates))


def _trend(rates: RateRatio) -> Trend:
    if rates.high is not None and rates.high < 1:
        return Trend.FELL
    return Trend.ROSE if rates.low > 1 else Trend.UNCLEAR
