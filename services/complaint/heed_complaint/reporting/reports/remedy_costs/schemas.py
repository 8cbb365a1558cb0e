"""Schemas of the report on remedies."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report

RemediesBy = Literal["kind"] | Grouping


class RemedyCostsRow(ResponseModel):
    """Granted remedies of one group. Without a recorded cost the value to the customer counts as cost."""

    code: str | None
    """Code of the group; null for all together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    remedies: int
    """Granted remedies; several of one complaint count each."""
    complaints: int
    """Complaints with a granted remedy."""
    amount: Amount
    """What the remedies are worth to customers, in the report's currency."""
    cost: Amount
    cost_share: float | None
    """Cost as a share of the cost of all groups, 0 to 1; null without any cost."""
    cost_each: Amount | None
    """Cost for each of these complaints."""
    over_limit: int
    """Remedies above the limits, granted with an approval."""
    pending: int
    """Pending approval; in no other number."""
    without_rate: int
    """In a currency without a rate; in no amount."""


class RemedyCostsOut(Report):
    line = RemedyCostsRow

    by: RemediesBy
    """What the remedies are grouped by: their kind, or a property of the complaint."""
    currency: str
    given_on: int
    """Complaints with a granted remedy."""
    amount: Amount
    """What all remedies are worth to customers, in `currency`."""
    cost: Amount
    items: list[RemedyCostsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
