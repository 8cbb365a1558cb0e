"""Which complaint comes first: the value that is expected to be saved, and how little time is left for it. Pure.

    weight   = (max(value saved, 0) + a dollar) x severity x regulator
    priority = log2(weight) - days left

What a complaint weighs, in the house's currency, is halved for each day that is left to the next deadline of what is
still owed, and doubled for each day that it is late: one point of priority is a day, or twice the value. More value
saved, a graver severity or less time left never moves a complaint back. As time passes all of them gain alike, so an
index keeps the order: `key` is the part of the priority that does not depend on now.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log2

from heed_common.contracts.complaint import Severity

SEVERITY = {Severity.MINOR: 1.0, Severity.MAJOR: 2.0, Severity.CRITICAL: 4.0}
REGULATOR = 3.0
UNKNOWN_VALUE = {Severity.MINOR: 20.0, Severity.MAJOR: 50.0, Severity.CRITICAL: 100.0}
"""In US dollars, until scoring has said what a complaint may save: a new customer's complaint is not worth nothing."""
WORTH = 1.0
"""In US dollars, of any complaint: those from which nothing is saved stay in the order of their deadlines."""
DAY = timedelta(days=1)
"""So long it takes until a complaint is twice as urgent."""
NO_DEADLINE = timedelta(days=30)
"""From the receipt: the deadline assumed where no clock runs, as while we wait for the customer."""
ANSWER_WITHIN = DAY
"""The deadline assumed for the answer to a customer's message, so that a message never moves a complaint back."""


class Reason(StrEnum):
    """Why a complaint is in the queue, beside what is owed on it."""

    CUSTOMER_WROTE = "customer_wrote"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the place of a complaint in the queue depends on."""

    severity: Severity
    received_at: datetime
    regulator: bool = False
    value_saved: float | None = None
    due_at: datetime | None = None
    """The next deadline of what is still owed."""
    money_scale: float = 1.0
    """How much of the organisation's currency is about one US dollar."""
    customer_wrote_at: datetime | None = None

    @property
    def weight(self) -> float:
        known = self.value_saved
        saved = UNKNOWN_VALUE[self.severity] * self.money_scale if known is None else max(known, 0.0)
        return (saved + WORTH * self.money_scale) * SEVERITY[self.severity] * (REGULATOR if self.regulator else 1.0)

    @property
    def counts_until(self) -> datetime:
        owed_until = self.due_at or self.received_at + NO_DEADLINE
        return min(owed_until, self.customer_wrote_at + ANSWER_WITHIN) if self.customer_wrote_at else owed_until

    @property
    def key(self) -> float:
        """The order of the queue, whenever one asks."""
        return log2(self.weight) - self.counts_until.timestamp() / DAY.total_seconds()


def priority(key: float, *, now: datetime) -> float:
    """The higher, the sooner."""
    return key + now.timestamp() / DAY.total_seconds()
