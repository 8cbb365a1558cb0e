"""Schemas of the repurchase ladder."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.schemas import Report, Share

Rung = Literal["not_complained", "unresolved", "resolved", "resolved_quickly"]


class RepurchaseLadderRow(ResponseModel):
    """Customers on one rung, and the share of them who bought again within the horizon."""

    rung: Rung
    """How the customer's first complaint ended."""
    label: str
    """Name of the rung, in the language that `Accept-Language` prefers."""
    again: Share
    """Customers who bought again within the horizon."""
    tarp: float
    """Share in TARP's survey: intentions of dissatisfied customers."""
    running: int
    """Customers whose horizon is not over; in no other number."""


class RepurchaseLadderOut(Report):
    """Each customer once, by the first complaint in the period, including customers who were merged into them.

    Complaints of known customers who had bought before count. *Resolved quickly*: completed within the target of the
    resolution; *resolved*: completed after it, and not called back as unsolved; *unresolved*: declined, closed
    without a completion, or called back as unsolved. The horizon starts with the completion or the end. Open,
    referred and withdrawn complaints are on no rung. *Not complained*: customers who bought and have no complaint,
    confidential ones included, until the end of the horizon. It starts `delay_days` after the first purchase for
    which that day lies in the period and nothing was bought in between: as long as complaining customers had not
    bought, in the median. Only the filters on customers apply to them. They are not only dissatisfied customers, as
    TARP's are. Purchases that were wholly returned do not count.
    """

    line = RepurchaseLadderRow

    horizon_days: int
    delay_days: float
    """Days after a purchase at which the horizon of silent customers starts."""
    severity_of_tarp: Literal["major", "minor"]
    """Which of TARP's figures stand beside: minor only if the report is of minor ones."""
    undecided: int
    """Customers whose first complaint is open, referred or withdrawn."""
    never_bought: int
    """Customers who complained without a recorded purchase before."""
    items: list[RepurchaseLadderRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
