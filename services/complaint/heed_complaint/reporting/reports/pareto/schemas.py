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
    """Code of the group; of products and service points their id."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    count: int
    """Complaints of the group."""
    share: float
    """Count as a share of all complaints with a known group, 0 to 1."""
    cost: Amount
    cost_share: float | None
    """Cost as a share of the cost of all groups, 0 to 1; null without any cost."""
    cumulative: float | None
    """Share of this group and all above it together, 0 to 1; null without any cost."""
    vital: bool
    """Whether it is one of those that account for the first 80 %."""


class Benchmark(Share):
    """Share of complaints with a known cause that come from misunderstanding the product or distrusting the seller."""

    expected: float
    """Share known from practice."""


class ParetoOut(Report):
    line = ParetoRow

    by: ParetoBy
    """What the complaints are grouped by."""
    measure: Measure
    """What the rows are sorted by: the number of complaints, or their cost."""
    currency: str
    cost: Amount
    without: int
    """Complaints without a known group; in no share."""
    remedies_without_rate: int
    """Remedies in a currency without a rate; in no cost."""
    items: list[ParetoRow]
    benchmark: Benchmark
    """How many complaints are a matter of information, not of quality."""

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
