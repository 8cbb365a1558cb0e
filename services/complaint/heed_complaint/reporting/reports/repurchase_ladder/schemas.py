"""What the repurchase ladder says."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.schemas import Report, Share

Rung = Literal["not_complained", "unresolved", "resolved", "resolved_quickly"]


class LadderRow(ResponseModel):
    """The customers on one rung, and how many of them bought again within the horizon."""

    rung: Rung
    label: str
    again: Share
    tarp: float
    """What people said in TARP's survey: intentions, of dissatisfied customers."""
    running: int
    """Their horizon is not over; in no other number."""


class LadderOut(Report):
    """Each customer once, by the first complaint in the period, with all who were merged into them.

    Counted are complaints of known customers who had bought before. *Resolved quickly*: completed within the target of
    the resolution, *resolved*: completed after it, and not called back as unsolved; *unresolved*: declined, closed
    without a completion, or called back as unsolved. The horizon starts when it was completed or given up. What is
    open, referred or withdrawn is on no rung. *Not complained*: who bought and has no complaint from anybody's view
    until the end of the horizon, which starts `delay_days` after the first purchase for which that day lies in the
    period and nothing was bought in between: as long as the complaining customers had not bought, in the median. Of
    the filters only those of customers concern them. They are not only dissatisfied customers, as TARP's are.
    Purchases that were wholly returned do not count.
    """

    line = LadderRow

    horizon_days: int
    delay_days: float
    severity_of_tarp: Literal["major", "minor"]
    undecided: int
    """Customers whose first complaint is open, referred or withdrawn."""
    never_bought: int
    """Customers who complained and had bought nothing before, as far as is known."""
    items: list[LadderRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
