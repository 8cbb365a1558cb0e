"""What the report on fairness says."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.schemas import Report

Dimension = Literal["tier", "customer_kind", "region"]
Outcome = Literal["time", "remedy"]


class FairnessRow(ResponseModel):
    """One group of customers. A place is the mean place among like complaints: 0 all others are above, .5 as
    everybody, 1 all others are below; empty where nothing is like them."""

    dimension: Dimension
    dimension_label: str
    code: str
    label: str
    resolved: int
    open: int
    """Not resolved yet, and so in no other number."""
    median_seconds: float | None
    p90_seconds: float | None
    time_place: float | None
    with_remedy: int
    mean_remedy: Amount | None
    """Over all resolved complaints, those without a remedy too."""
    remedy_place: float | None


class FairnessTest(ResponseModel):
    """Whether groups differ where category and severity are the same."""

    dimension: Dimension
    outcome: Outcome
    compared: int
    statistic: float
    degrees: int
    p: float
    p_adjusted: float
    """By Holm, over all tests of the report."""
    effect: float
    """ε²: 0 where all are treated alike, 1 where the group alone decides."""
    significant: bool


class FairnessOut(Report):
    line = FairnessRow

    currency: str
    resolved: int
    like: int
    """Kinds of like complaints: same first level of the category, same severity."""
    unknown: dict[Dimension, int]
    """Of so many resolved complaints the customer's group is not known; they are not compared."""
    tests: list[FairnessTest]
    items: list[FairnessRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
