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
    label: str
    remedies: int
    complaints: int
    """Complaints with a granted remedy."""
    amount: Amount
    cost: Amount
    cost_share: float | None
    cost_each: Amount | None
    """Cost for each of these complaints."""
    over_limit: int
    pending: int
    """Pending approval; in no other number."""
    without_rate: int
    """In a currency without a rate; in no amount."""


class RemedyCostsOut(Report):
    line = RemedyCostsRow

    by: RemediesBy
    currency: str
    given_on: int
    """Complaints with a granted remedy."""
    amount: Amount
    cost: Amount
    items: list[RemedyCostsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
