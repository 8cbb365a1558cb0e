"""What the report on deadlines says."""

from collections.abc import Sequence

from heed_common.contracts.complaint import Milestone
from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report, Share


class AttainmentRow(ResponseModel):
    """The clocks of one milestone in one group. The share is of those that are decided."""

    code: str | None
    label: str
    milestone: Milestone
    milestone_label: str
    met: Share
    missed: int
    open: int
    """Running or standing still, and in time so far."""
    cancelled: int
    """Owed no more before they were late: the step was skipped, or the complaint ended."""


class AttainmentOut(Report):
    line = AttainmentRow

    by: Grouping | None
    items: list[AttainmentRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
