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
    """A period of one group; without limits if there are too few periods for a control chart."""

    code: str | None
    label: str
    start: date
    days: float
    """Days of the period that lie in the report."""
    count: int
    expected: float | None
    low: float | None
    high: float | None
    signal: Signal | None
    """Above or below the limits; `shifted` for the eighth and later ones in a row on one side of the mean."""


class TrendsGroup(ResponseModel):
    code: str | None
    label: str
    count: int
    dispersion: float | None
    """Factor by which the periods vary more than by chance alone; the limits are that much wider."""
    signals: int


class TrendsOut(Report):
    """The first group, without a code, is all complaints together."""

    line = TrendsRow

    every: Interval
    by: TrendsBy
    groups: list[TrendsGroup]
    items: list[TrendsRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
