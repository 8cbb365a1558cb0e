"""Schemas of the Pareto report."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.schemas import Report, Share

ParetoBy = Literal["category", "subcategory", "cause", "responsibility", "product", "service_point"]
Measure = Literal["count", "cost"]


class ParetoRow(ResponseModel):
    """A group. Shares are of complaints with a known group; `cumulative` is of the measure that the report sorts by."""

    code: str
    label: str
    count: int
    share: float
    cost: Amount
    cost_share: float | None
    cumulative: float | None
    vital: bool
    """Whether it is one of those that account for the first 80 %."""


class Benchmark(Share):
    """Share of complaints with a known cause that come from misunderstanding the product or distrusting the seller."""

    expected: float
    """Share known from practice."""


class ParetoOut(Report):
    line = ParetoRow

    by: ParetoBy
    measure: Measure
    currency: str
    cost: Amount
    without: int
    """Complaints without a known group; in no share."""
    remedies_without_rate: int
    """Remedies in a currency without a rate; in no cost."""
    items: list[ParetoRow]
    benchmark: Benchmark

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
