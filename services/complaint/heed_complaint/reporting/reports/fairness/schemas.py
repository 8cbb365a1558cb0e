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
    """Which property of customers divides them into groups."""
    dimension_label: str
    """The dimension in the language that `Accept-Language` prefers."""
    code: str
    """Value of the dimension that the group has, such as a tier."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    resolved: int
    """Complaints of the group that were resolved; all numbers are about them."""
    open: int
    """Not resolved yet; in no other number."""
    median_seconds: float | None
    """Median time from receipt to resolution, in seconds; null without any."""
    p90_seconds: float | None
    """Nine of ten were resolved within this time, in seconds; null without any."""
    time_place: float | None
    """Place by duration, 0 to 1: above 0.5 is slower than similar complaints of others."""
    with_remedy: int
    """Resolved complaints with a remedy of some value."""
    mean_remedy: Amount | None
    """Over all resolved complaints, including those without a remedy."""
    remedy_place: float | None
    """Place by the value of remedies, 0 to 1: above 0.5 is more than others got."""


class FairnessTest(ResponseModel):
    """Test whether groups differ among complaints of the same category and severity."""

    dimension: Dimension
    """Which groups are compared."""
    outcome: Outcome
    """What is compared: the time to the resolution, or the value of remedies."""
    compared: int
    """Complaints in strata that have several groups; only these can be compared."""
    statistic: float
    """Stratified rank statistic, chi-square distributed if the groups are treated alike."""
    degrees: int
    """Degrees of freedom: compared groups less one."""
    p: float
    """Probability of such a difference by chance alone, before the correction."""
    p_adjusted: float
    """Corrected by Holm over all tests of the report."""
    effect: float
    """ε²: 0 for equal treatment, 1 if the group alone decides."""
    significant: bool
    """Whether `p_adjusted` is below the level of significance; see also `effect`."""


class FairnessOut(Report):
    line = FairnessRow

    currency: str
    resolved: int
    """Resolved complaints of the period, of all groups."""
    like: int
    """Number of strata: same first level of the category, same severity."""
    unknown: dict[Dimension, int]
    """Resolved complaints without a known group of the customer; they are not compared."""
    tests: list[FairnessTest]
    """One for each dimension and outcome that can be compared."""
    items: list[FairnessRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
