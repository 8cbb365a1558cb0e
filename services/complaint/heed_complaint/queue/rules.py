"""Which complaint comes first: the value that is expected to be saved, for each hour that is left. Pure.

    priority = (max(value saved, 0) + 1) x severity x regulator / (1 hour + hours left)

in the house's currency per hour. More value saved, a graver severity or less time left never moves a complaint back.
What is late counts as having no time left: among late ones the value decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from heed_common.contracts.complaint import Severity

SEVERITY = {Severity.MINOR: 1.0, Severity.MAJOR: 2.0, Severity.CRITICAL: 4.0}
REGULATOR = 3.0
UNKNOWN_VALUE = {Severity.MINOR: 20.0, Severity.MAJOR: 50.0, Severity.CRITICAL: 100.0}
"""Taken until scoring has said what a complaint may save: a new customer's complaint is not worth nothing."""
WORTH = 1.0
"""Of any complaint, so that those from which nothing is saved are still taken in the order of their deadlines."""
HOUR = timedelta(hours=1)
NO_DEADLINE = timedelta(days=7)
"""Time left where no clock runs, as while we wait for the customer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the place of a complaint in the queue depends on."""

    severity: Severity
    regulator: bool = False
    value_saved: float | None = None
    due_at: datetime | None = None
    """The next deadline of what is still owed."""


def priority(standing: Standing, *, now: datetime) -> float:
    """The higher, the sooner."""
    known = standing.value_saved
    saved = UNKNOWN_VALUE[standing.severity] if known is None else max(known, 0.0)
    weight = SEVERITY[standing.severity] * (REGULATOR if standing.regulator else 1.0)
    hours = slack(standing.due_at, now=now) / HOUR
    return (saved + WORTH) * weight / (1.0 + hours)


def slack(due_at: datetime | None, *, now: datetime) -> timedelta:
    """The time that is left; nothing where it is late."""
    return NO_DEADLINE if due_at is None else max(due_at - now, timedelta())
