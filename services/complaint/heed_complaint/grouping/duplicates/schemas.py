"""A likely duplicate as JSON."""

from uuid import UUID

from heed_common.fields import ResponseModel
from heed_complaint.grouping.duplicates.rules import DuplicateReason, DuplicateScore


class ReasonOut(ResponseModel):
    reason: DuplicateReason
    points: int


class DuplicateOut(ResponseModel):
    """A complaint that may be the same; `score` is the sum of the points, a hundred at most."""

    complaint_id: UUID
    score: int
    reasons: list[ReasonOut]

    @classmethod
    def from_domain(cls, duplicate: DuplicateScore) -> "DuplicateOut":
        reasons = [ReasonOut(reason=reason, points=points) for reason, points in duplicate.reasons.items()]
        return cls(complaint_id=duplicate.id, score=duplicate.score, reasons=reasons)
