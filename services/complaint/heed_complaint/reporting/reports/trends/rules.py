"""The periods of a report, and what is out of the ordinary in them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.trends.schemas import Interval, Signal
from heed_measures.control_chart import ControlChart, control_chart

WEEK = 7
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Period:
    start: date
    days: float
    """As much of it as lies in the scope and is over."""


@dataclass(frozen=True, slots=True)
class EvaluatedPeriod:
    """One period of one group."""

    period: Period
    count: int
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    signal: Signal | None = None


def periods(scope: Scope, every: Interval, *, since: date) -> list[Period]:
    """All periods of the scope from a day on, each as far as it lies in it; the running one as far as it has come."""
    found, start = [], _first(since, every)
    while start <= scope.until:
        end = _next(start, every)
        first, last = max(start, since), min(end, scope.until + timedelta(days=1))
        seconds = (min(scope.now, scope.midnight(last)) - scope.midnight(first)).total_seconds()
        if seconds > 0:
            found.append(Period(start, seconds / DAY))
        start = end
    return found


def evaluate(periods: Sequence[Period], counts: Sequence[int]) -> tuple[list[EvaluatedPeriod], float | None]:
    """What chance alone would do, and where it was not chance; and how much wider than by chance the limits are."""
    chart = control_chart(counts, [period.days for period in periods]) if periods else None
    if chart is None:
        return [EvaluatedPeriod(period, count) for period, count in zip(periods, counts, strict=True)], None
    judged = [
        EvaluatedPeriod(period, count, *_limits(chart, at), _signal(chart, at))
        for at, (period, count) in enumerate(zip(periods, counts, strict=True))
    ]
    return judged, chart.dispersion


def _limits(chart: ControlChart, place: int) -> tuple[float, float, float]:
    return float(chart.expected[place]), float(chart.low[place]), float(chart.high[place])


def _signal(chart: ControlChart, place: int) -> Signal | None:
    if chart.above[place]:
        return "above"
    if chart.below[place]:
        return "below"
    return "shifted" if chart.shifted[place] else None


def _first(day: date, every: Interval) -> date:
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def _next(start: date, every: Interval) -> date:
    if every == "week":
        return start + timedelta(days=WEEK)
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)
