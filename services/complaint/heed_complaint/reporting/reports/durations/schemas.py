"""What the report on durations says."""

from collections.abc import Sequence
from typing import Literal

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report

Measure = Literal["contact", "first_resolution", "resolution"]


class DurationsRow(ResponseModel):
    """Seconds. By the clock on the wall whoever still waits counts too (Kaplan–Meier), and a quantile is empty where
    the share that waits has not come down so far; working time is of what is decided."""

    code: str | None
    label: str
    measure: Measure
    measure_label: str
    complaints: int
    decided: int
    open: int
    """Still waiting; they count as long as they have waited."""
    ended: int
    """Withdrawn, declined, referred or skipped: watched until then."""
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
