"""Schemas of the report on SLA attainment."""

from collections.abc import Sequence

from heed_common.contracts.complaint import Milestone
from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report, Share


class SLAAttainmentRow(ResponseModel):
    """Clocks of one milestone in one group. The share is of decided clocks."""

    code: str | None
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    milestone: Milestone
    milestone_label: str
    """The milestone in the language that `Accept-Language` prefers."""
    met: Share
    """Clocks whose milestone was reached by the deadline."""
    missed: int
    """Clocks whose deadline passed before the milestone was reached."""
    open: int
    """Running or paused, and in time so far."""
    cancelled: int
    """Cancelled before they were late: the step was skipped, or the complaint ended."""


class SLAAttainmentOut(Report):
    line = SLAAttainmentRow

    by: Grouping | None
    """What the rows are grouped by; null: one group of all."""
    items: list[SLAAttainmentRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
