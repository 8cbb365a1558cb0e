"""Request and response schemas of assignments."""

from typing import Any
from uuid import UUID

from heed_common.fields import LongText, Moment, RequestModel, ResponseModel, ShortText
from heed_complaint.workforce.assignment.service import AssignmentRequest, AssignmentResult
from heed_complaint.workforce.assignment.tables import Assignment


class AssignIn(RequestModel):
    """The new owner. Without one the rule decides; `owner: null` puts the complaint back into the queue."""

    owner: ShortText | None = None
    queue: ShortText | None = None
    reason: LongText | None = None
    note: LongText | None = None
    """Information for the next owner; for the desk only."""

    def to_request(self) -> AssignmentRequest:
        to_queue = self.owner is None and "owner" in self.model_fields_set
        return AssignmentRequest(self.owner, self.queue, to_queue=to_queue, reason=self.reason, note=self.note)


class ComplaintAssignmentOut(ResponseModel):
    """One assignment with its reason; `by` is null if it was automatic."""

    at: Moment
    by: str | None
    owner: str | None
    queue: str | None
    previous_owner: str | None
    reason: dict[str, Any]
    note: str | None

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
    note: LongText


class HandOverResultOut(ResponseModel):
    given: int
    waiting: int
    """In a queue, because no agent could take them."""
    more: bool
    """Whether there were too many for one call; call again."""
