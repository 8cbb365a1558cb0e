"""Response schemas of the dry run."""

from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, ResponseModel
from heed_complaint.sla.clock.clock import ClockState


class MovedDeadline(ResponseModel):
    """One deadline before and after; null while its clock waits or is paused."""

    milestone: Milestone
    old_due_at: Moment | None
    """Deadline today; null while its clock waits or is paused."""
    new_due_at: Moment | None
    """Deadline by the new terms; null while its clock waits or is paused."""
    old_state: ClockState
    """State of the clock today."""
    new_state: ClockState
    """State of the clock by the new terms."""


class MovedComplaint(ResponseModel):
    complaint_id: UUID
    deadlines: list[MovedDeadline]
    """Milestones whose deadline or state would change; the others are left out."""


class ReplanningPreviewOut(ResponseModel):
    """The open complaints whose deadlines would move. Nothing was changed."""

    dry_run: bool = True
    """Always true: nothing was changed."""
    total: int | None
    """Number on all pages; counted on the first one only."""
    items: list[MovedComplaint]
    next_cursor: str | None
