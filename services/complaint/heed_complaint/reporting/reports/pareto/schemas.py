"""What the Pareto report says."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.schemas import Report, Share

ParetoBy = Literal["category", "subcategory", "cause", "responsibility", "product", "service_point"]
Measure = Literal["count", "cost"]


class ParetoRow(ResponseModel):
    """The shares are of what is known; `cumulative` goes by the measure that the report is sorted by."""

    code: str
    label: str
    count: int
    share: float
    cost: Amount
    cost_share: float | None
    cumulative: float | None
    vital: bool
    """Whether it belongs to those that make up the first 80 %."""


class Benchmark(Share):
    """Of the complaints with a known cause those that come from not understanding the product or not trusting the
    seller."""

    expected: float
    """What practice says."""


class ParetoOut(Report):
    line = ParetoRow

    by: ParetoBy
    measure: Measure
    currency: str
    cost: Amount
    without: int
    """Complaints that nobody has assigned yet; in no share."""
    remedies_without_rate: int
    """In a currency without a rate, and so in no cost."""
    items: list[ParetoRow]
    benchmark: Benchmark

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
