"""Schemas of the report on fairness."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import Amount, ResponseModel
from heed_complaint.reporting.reports.schemas import Report

Dimension = Literal["tier", "customer_kind", "region"]
Outcome = Literal["time", "remedy"]


class FairnessRow(ResponseModel):
    """One group of customers.

    A place is the mean percentile among similar complaints: 0 below all others, 0.5 as all others, 1 above all
    others; empty without similar complaints.
    """

    dimension: Dimension
    dimension_label: str
    code: str
    label: str
    resolved: int
    open: int
    """Not resolved yet; in no other number."""
    median_seconds: float | None
    p90_seconds: float | None
    time_place: float | None
    with_remedy: int
    mean_remedy: Amount | None
    """Over all resolved complaints, including those without a remedy."""
    remedy_place: float | None


class FairnessTest(ResponseModel):
    """Test whether groups differ among complaints of the same category and severity."""

    dimension: Dimension
    outcome: Outcome
    compared: int
    statistic: float
    degrees: int
    p: float
    p_adjusted: float
    """Corrected by Holm over all tests of the report."""
    effect: float
    """ε²: 0 for equal treatment, 1 if the group alone decides."""
    significant: bool


class FairnessOut(Report):
    line = FairnessRow

    currency: str
    resolved: int
    like: int
    """Number of strata: same first level of the category, same severity."""
    unknown: dict[Dimension, int]
    """Resolved complaints without a known group of the customer; they are not compared."""
    tests: list[FairnessTest]
    items: list[FairnessRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
