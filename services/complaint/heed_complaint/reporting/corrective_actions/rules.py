"""Progress and effect of a corrective action. Pure: no clock, no tables."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from heed_measures.rate_ratio import RateRatio, rate_ratio

CONFIDENCE_LEVEL = 0.95
WEEK, PURCHASE = "week", "purchase"
ONE_WEEK = timedelta(weeks=1)
MIN_WINDOW = timedelta(days=1)
"""A shorter window has no result."""


class Progress(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


class Trend(StrEnum):
    FELL = "fell"
    ROSE = "rose"
    UNCLEAR = "unclear"
    """The difference may be chance."""


@dataclass(frozen=True, slots=True)
class Window:
    """An interval of time, without its end."""

    since: datetime
    until: datetime

    @property
    def weeks(self) -> float:
        return max(self.until - self.since, timedelta()) / ONE_WEEK


@dataclass(frozen=True, slots=True)
class WindowCounts:
    """Complaints and purchases in a window."""

    window: Window
    complaints: int
    purchases: int | None
    """None if purchases are not recorded from the beginning of the window."""
    without_cause: int
    """Complaints whose cause is not known yet: some of them may be in scope."""

    def exposure(self, per: str) -> float:
        """Return the exposure of the rate: purchases or weeks."""
        return float(self.purchases or 0) if per == PURCHASE else self.window.weeks

    @property
    def per_week(self) -> float | None:
        return self.complaints / self.window.weeks if self.window.weeks else None

    @property
    def per_1000_purchases(self) -> float | None:
        return self.complaints / self.purchases * 1000 if self.purchases else None


@dataclass(frozen=True, slots=True)
class Effect:
    """Counts before and after the action, and their comparison."""

    before: WindowCounts
    after: WindowCounts
    per: str
    """Unit of the rates: `purchase` if purchases are recorded for both windows, else `week`."""
    rates: RateRatio | None
    """None while a window is too short to compare."""
    trend: Trend


def progress(*, due_at: datetime, done_at: datetime | None, now: datetime) -> Progress:
    if done_at is not None:
        return Progress.DONE
    return Progress.OVERDUE if now > due_at else Progress.OPEN


def windows(
    done_at: datetime, *, weeks: int, first_received_at: datetime | None, now: datetime
) -> tuple[Window, Window]:
    """Return the windows of so many weeks before and after; not before the first complaint of all, not beyond now."""
    counted = timedelta() if first_received_at is None else max(done_at - first_received_at, timedelta())
    since = done_at - min(counted, weeks * ONE_WEEK)
    return Window(since, done_at), Window(done_at, max(done_at, min(now, done_at + weeks * ONE_WEEK)))


def effect(before: WindowCounts, after: WindowCounts) -> Effect:
    """Compare the rates before and after, with a test against chance."""
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
