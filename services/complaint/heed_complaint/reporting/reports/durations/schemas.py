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
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    measure: Measure
    """Time to the first contact, to the first resolution, or to the last one with all reopenings."""
    measure_label: str
    """The measure in the language that `Accept-Language` prefers."""
    complaints: int
    """Complaints of the group, decided or not."""
    decided: int
    """Complaints for which the measured step was reached."""
    open: int
    """Still waiting; counted with the time that they have waited."""
    ended: int
    """Withdrawn, declined, referred or skipped; counted with the time until then."""
    median: float | None
    median_low: float | None
    """Lower end of the 95 % interval of the median, in seconds of calendar time."""
    median_high: float | None
    """Upper end of that interval; null while too many still wait."""
    p90: float | None
    working_decided: int
    """Decided complaints whose working time is known."""
    working_median: float | None
    """Median of the working time of decided complaints, in seconds; null without any."""
    working_p90: float | None
    """Nine of ten decided complaints took at most this working time, in seconds."""


class DurationsOut(Report):
    line = DurationsRow

    by: Grouping | None
    """What the rows are grouped by; null: one group of all."""
    items: list[DurationsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
