"""How a change is shown before it is made."""

from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, Reply
from heed_complaint.sla.clock.clock import ClockState


class MovedDeadline(Reply):
    """One deadline before and after; empty while its clock waits or stands."""

    milestone: Milestone
    old_due_at: Moment | None
    new_due_at: Moment | None
    old_state: ClockState
    new_state: ClockState


class MovedComplaint(Reply):
    complaint_id: UUID
    deadlines: list[MovedDeadline]


class PreviewOut(Reply):
    """The open complaints whose deadlines would move. Nothing has been changed."""

    dry_run: bool = True
    total: int | None
    """How many there are on all pages; counted on the first one only."""
    items: list[MovedComplaint]
    next_cursor: str | None
