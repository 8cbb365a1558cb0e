"""What the report on remedies says."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report

RemediesBy = Literal["kind"] | Grouping


class RemedyCostsRow(ResponseModel):
    """What was granted in one group. The cost is what the firm pays; where nobody said, what the customer got."""

    code: str | None
    label: str
    remedies: int
    complaints: int
    """Complaints on which something was granted."""
    amount: Amount
    cost: Amount
    cost_share: float | None
    cost_each: Amount | None
    """For each of these complaints."""
    over_limit: int
    pending: int
    """Wait for a second person; in no other number."""
    without_rate: int
    """In a currency without a rate, and so in no amount."""


class RemedyCostsOut(Report):
    line = RemedyCostsRow

    by: RemediesBy
    currency: str
    given_on: int
    """Complaints on which something was granted."""
    amount: Amount
    cost: Amount
    items: list[RemedyCostsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
