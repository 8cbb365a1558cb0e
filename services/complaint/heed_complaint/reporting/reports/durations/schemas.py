"""Schemas of the report on durations."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report

Measure = Literal["contact", "first_resolution", "resolution"]


class DurationsRow(ResponseModel):
    """Durations in seconds.

    Calendar time includes open complaints (Kaplan–Meier); a quantile is empty while too many still wait. Working time
    is of decided complaints only.
    """

    code: str | None
    label: str
    measure: Measure
    measure_label: str
    complaints: int
    decided: int
    open: int
    """Still waiting; counted with the time that they have waited."""
    ended: int
    """Withdrawn, declined, referred or skipped; counted with the time until then."""
    median: float | None
    median_low: float | None
    median_high: float | None
    p90: float | None
    working_decided: int
    working_median: float | None
    working_p90: float | None


class DurationsOut(Report):
    line = DurationsRow

    by: Grouping | None
    items: list[DurationsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
