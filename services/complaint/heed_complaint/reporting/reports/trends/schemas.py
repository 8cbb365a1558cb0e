"""Schemas of the report on trends."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.schemas import Report

Interval = Literal["week", "month"]
TrendsBy = Literal["category", "subcategory", "cause", "severity", "channel", "service_point", "product", "region"]
Signal = Literal["above", "below", "shifted"]


class TrendsRow(ResponseModel):
    """A period of one group; without limits if there are too few periods or complaints for a control chart."""

    code: str | None
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    start: date
    """First day of the week or month."""
    days: float
    """Days of the period that lie in the report."""
    count: int
    """Complaints received in the period."""
    expected: float | None
    """Mean for a period of this length; null if there are too few periods."""
    low: float | None
    """Lower control limit; null if there are too few periods."""
    high: float | None
    """Upper control limit; null if there are too few periods."""
    signal: Signal | None
    """Above or below the limits, with five complaints at least; `shifted` for so many in a row on one side of the
    median as chance does not explain."""


class TrendsGroup(ResponseModel):
    code: str | None
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    count: int
    """Complaints of the group in all periods."""
    dispersion: float | None
    """Factor by which the periods vary more than by chance alone; the limits are that much wider."""
    signals: int
    """Periods with a signal."""


class TrendsOut(Report):
    """The first group, without a code, is all complaints together."""

    line = TrendsRow

    every: Interval
    """Length of a period."""
    by: TrendsBy
    """What the complaints are grouped by."""
    groups: list[TrendsGroup]
    """Groups in the order of their rows; the first is all complaints."""
    items: list[TrendsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
