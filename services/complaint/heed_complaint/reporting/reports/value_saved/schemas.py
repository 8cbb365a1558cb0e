"""Schemas of the report on value saved."""

from collections.abc import Sequence

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report


class ValueSavedRow(ResponseModel):
    """Expected value at stake in the complaints of a group by their outcome, as last scored, and their costs.

    The expected value is the potential value times the difference of the churn risk, unresolved and resolved quickly.
    """

    code: str | None
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    complaints: int
    """Complaints of the group, with or without a scored value."""
    known: int
    """Complaints with a scored expected value; the others are in no value."""
    resolved_in_time: int
    """Resolved within the target of the resolution, and not called back as unsolved."""
    resolved_late: int
    """Resolved after the target."""
    unresolved: int
    """Declined, closed without a completion, or reported as unsolved at the call-back."""
    open: int
    """Not decided yet; in no value."""
    saved: Amount
    """Of those resolved in time."""
    saved_late_at_most: Amount
    """Of those resolved late, the same value: a late resolution saves less."""
    lost: Amount
    """Of the unresolved."""
    remedies: Amount
    """Cost of the remedies that were granted."""
    handling: Amount | None
    """`handling_cost` for each complaint; empty without that parameter."""
    net: Amount
    """Value saved in time less the known costs."""


class ValueSavedOut(Report):
    line = ValueSavedRow

    by: Grouping | None
    """What the rows are grouped by; null: one group of all."""
    currency: str
    saved: Amount
    """Value at stake in complaints resolved in time, in `currency`."""
    cost: Amount
    items: list[ValueSavedRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
