"""Periods of the report on trends and their control limits. Pure."""

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
    """Days of it that lie in the scope and are over."""


@dataclass(frozen=True, slots=True)
class EvaluatedPeriod:
    """One period of one group, against its control limits."""

    period: Period
    count: int
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    signal: Signal | None = None


def periods(scope: Scope, every: Interval, *, since: date) -> list[Period]:
    """Return all periods of the scope from a day on, cut to the scope and to the present moment."""
    found, start = [], _first(since, every)
    while start <= scope.until:
        end = _next(start, every)
        first, last = max(start, since), min(end, scope.until + timedelta(days=1))
        seconds = (min(scope.now, scope.midnight(last)) - scope.midnight(first)).total_seconds()
        if seconds > 0:
            found.append(Period(start, seconds / DAY))
        start = end
    return found


def evaluate(
    periods: Sequence[Period], counts: Sequence[int], *, groups: int
) -> tuple[list[EvaluatedPeriod], float | None]:
    """Return the periods with their limits and signals, and the dispersion by which the limits are wider than chance.

    The limits are those for so many groups together. Without a chart, because there are too few periods or
    complaints, there are no limits and no dispersion.
    """
    chart = control_chart(counts, [period.days for period in periods], series=groups) if periods else None
    if chart is None:
        return [EvaluatedPeriod(period, count) for period, count in zip(periods, counts, strict=True)], None
    evaluated = [
        EvaluatedPeriod(period, count, *_limits(chart, index), _signal(chart, index))
        for index, (period, count) in enumerate(zip(periods, counts, strict=True))
    ]
    return evaluated, chart.dispersion


def _limits(chart: ControlChart, index: int) -> tuple[float, float, float]:
    return float(chart.expected[index]), float(chart.low[index]), float(chart.high[index])


def _signal(chart: ControlChart, index: int) -> Signal | None:
    if chart.above[index]:
        return "above"
    if chart.below[index]:
        return "below"
    return "shifted" if chart.shifted[index] else None


def _first(day: date, every: Interval) -> date:
    return day - timedelta(days=day.weekday()) if every == "week" else day.replace(day=1)


def _next(start: date, every: Interval) -> date:
    if every == "week":
        return start + timedelta(days=WEEK)
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)
