"""Request and response schemas of assignments."""

from typing import Any
from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_complaint.workforce.assignment.service import AssignmentRequest, AssignmentResult
from heed_complaint.workforce.assignment.tables import Assignment


class AssignIn(RequestModel):
    """The new owner. Without one the rule decides; `owner: null` puts the complaint back into the queue."""

    owner: ShortText | None = None
    """Agent in charge from now on; null puts it back into the queue, missing lets the rule decide."""
    queue: ShortText | None = None
    """Queue in which it waits; by default the first that takes such complaints."""
    reason: LongText | None = None
    """Stored with the assignment."""
    note: LongText | None = None
    """Information for the next owner; for the desk only."""

    def to_request(self) -> AssignmentRequest:
        to_queue = self.owner is None and "owner" in self.model_fields_set
        return AssignmentRequest(self.owner, self.queue, to_queue=to_queue, reason=self.reason, note=self.note)


class ComplaintAssignmentOut(ResponseModel):
    """One assignment with its reason; `by` is null if it was automatic."""

    at: Moment
    """When it was assigned."""
    by: str | None
    """Caller who assigned it; null for the rule."""
    owner: str | None
    """Agent in charge from then on; null: it waits in the queue."""
    queue: str | None
    """Queue of the complaint; it stays with a named owner."""
    previous_owner: str | None
    """Agent before; null if there was none."""
    reason: dict[str, Any]
    """Why this agent: `by` is who decided, with the figures of the rule."""
    note: str | None
    """What the next owner should know; null if nothing."""

    @classmethod
    def from_row(cls, assignment: Assignment) -> "ComplaintAssignmentOut":
        return cls.model_validate(assignment)


class AssignmentResultOut(ComplaintAssignmentOut):
    complaint_id: UUID
    hand_overs: int
    """How often the complaint went from one agent to another."""

    @classmethod
    def from_result(cls, result: AssignmentResult) -> "AssignmentResultOut":
        fields = ComplaintAssignmentOut.from_row(result.assignment).model_dump()
        return cls(**fields, complaint_id=result.assignment.complaint_id, hand_overs=result.hand_overs)


class ComplaintHandOverIn(RequestModel):
    """All open complaints of an agent go to one colleague or, without a name, to the agents that the rule selects."""

    owner: ShortText | None = None
    """Colleague who takes them; null: the rule distributes them."""
    note: LongText
    """What the next owners should know; stored with each complaint."""


class HandOverResultOut(ResponseModel):
    given: int
    """Complaints that got a new owner."""
    waiting: int
    """In a queue, because no agent could take them."""
    more: bool
    """Whether there were too many for one call; call again."""
