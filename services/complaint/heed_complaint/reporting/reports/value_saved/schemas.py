"""What the report on the value saved says."""

from collections.abc import Sequence

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report


class ValueSavedRow(ResponseModel):
    """What scoring last said to stand and fall with the complaints of a group, by how they ended, and what they cost.

    The expected value is the potential value times the difference of the risk, left unresolved and resolved quickly.
    """

    code: str | None
    label: str
    complaints: int
    known: int
    """Of so many scoring has said what stands and falls with them; the others are in no value."""
    resolved_in_time: int
    resolved_late: int
    unresolved: int
    """Declined, closed without a completion, or not solved as the customer said at the call-back."""
    open: int
    saved: Amount
    """Of those resolved in time."""
    saved_late_at_most: Amount
    """Of those resolved late the same value: what a late resolution saves is less."""
    lost: Amount
    """Of the unresolved."""
    remedies: Amount
    handling: Amount | None
    """`handling_cost` for each complaint; empty where that is not given."""
    net: Amount
    """What was saved in time less what is known to have been spent."""


class ValueSavedOut(Report):
    line = ValueSavedRow

    by: Grouping | None
    currency: str
    saved: Amount
    cost: Amount
    items: list[ValueSavedRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
