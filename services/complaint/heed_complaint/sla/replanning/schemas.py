"""Response schemas of the dry run."""

from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, ResponseModel
from heed_complaint.sla.clock.clock import ClockState


class MovedDeadline(ResponseModel):
    """One deadline before and after; null while its clock waits or is paused."""

    milestone: Milestone
    old_due_at: Moment | None
    new_due_at: Moment | None
    old_state: ClockState
    new_state: ClockState


class MovedComplaint(ResponseModel):
    complaint_id: UUID
    deadlines: list[MovedDeadline]


class ReplanningPreviewOut(ResponseModel):
    """The open complaints whose deadlines would move. Nothing was changed."""

    dry_run: bool = True
    total: int | None
    """Number on all pages; counted on the first one only."""
    items: list[MovedComplaint]
    next_cursor: str | None
