"""Period of a report: the two days that are compared."""

from dataclasses import dataclass
from datetime import date, timedelta

from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.insights.portfolio.errors import PeriodInvalid


@dataclass(frozen=True, slots=True)
class Period:
    """The two days that are compared, and how long a purchase counts as activity."""

    since: date
    until: date
    window: timedelta


def report_period(since: date | None, until: date | None, *, window_days: int = HORIZON_DAYS, today: date) -> Period:
    """By default the period ends today and is as long as the churn horizon."""
    end = until or today
    start = since or end - timedelta(days=HORIZON_DAYS)
    if not start < end <= today:
        raise PeriodInvalid
    return Period(start, end, timedelta(days=window_days))
