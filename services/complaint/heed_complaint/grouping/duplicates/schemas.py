"""How a possible duplicate is shown."""

from uuid import UUID

from heed_common.fields import ResponseModel
from heed_complaint.grouping.duplicates.rules import Likeness, Reason


class ReasonOut(ResponseModel):
    reason: Reason
    points: int


class DuplicateOut(ResponseModel):
    """A complaint that may be the same; `score` is the sum of the points, a hundred at most."""

    complaint_id: UUID
    score: int
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, likeness: Likeness) -> "DuplicateOut":
        reasons = [ReasonOut(reason=reason, points=points) for reason, points in likeness.reasons.items()]
        return cls(complaint_id=likeness.id, score=likeness.score, reasons=reasons)
