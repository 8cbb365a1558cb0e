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
    label: str
    complaints: int
    known: int
    """Complaints with a scored expected value; the others are in no value."""
    resolved_in_time: int
    resolved_late: int
    unresolved: int
    """Declined, closed without a completion, or reported as unsolved at the call-back."""
    open: int
    saved: Amount
    """Of those resolved in time."""
    saved_late_at_most: Amount
    """Of those resolved late, the same value: a late resolution saves less."""
    lost: Amount
    """Of the unresolved."""
    remedies: Amount
    handling: Amount | None
    """`handling_cost` for each complaint; empty without that parameter."""
    net: Amount
    """Value saved in time less the known costs."""


class ValueSavedOut(Report):
    line = ValueSavedRow

    by: Grouping | None
    currency: str
    saved: Amount
    cost: Amount
    items: list[ValueSavedRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
