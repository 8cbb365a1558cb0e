"""Priority of a complaint: the value that is expected to be saved, and how little time is left for it. Pure.

    weight   = (max(value saved, 0) + a dollar) x severity x regulator
    priority = log2(weight) - days left

The weight, in the organisation's currency, is halved for each day that is left to the next pending deadline, and
doubled for each day that it is late: one point of priority is a day, or twice the value. More value saved, a graver
severity or less time left never moves a complaint back. As time passes all of them gain alike, so an index holds the
order: `sort_key` is the part of the priority that does not depend on now. `refresh` calculates it in the database.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from heed_common.contracts.complaint import Severity

SEVERITY_FACTORS = {Severity.MINOR: 1.0, Severity.MAJOR: 2.0, Severity.CRITICAL: 4.0}
REGULATOR_FACTOR = 3.0
DEFAULT_VALUES = {Severity.MINOR: 20.0, Severity.MAJOR: 50.0, Severity.CRITICAL: 100.0}
"""In US dollars, until scoring has sent a forecast: a new customer's complaint is not worth nothing."""
MIN_VALUE = 1.0
"""In US dollars, of any complaint: those from which nothing is saved stay in the order of their deadlines."""
DAY = timedelta(days=1)
"""The time within which a complaint becomes twice as urgent."""
NO_DEADLINE = timedelta(days=30)
"""From the receipt: the deadline assumed where no clock runs, as while we wait for the customer."""
ANSWER_WITHIN = DAY
"""The deadline assumed for the answer to a customer's message, so that a message never moves a complaint back."""


class RankReason(StrEnum):
    """RankReason for being in the queue besides a pending deadline."""

    CUSTOMER_WROTE = "customer_wrote"


def priority(sort_key: float, *, now: datetime) -> float:
    """Return the priority at that moment; the higher comes first."""
    return sort_key + now.timestamp() / DAY.total_seconds()
