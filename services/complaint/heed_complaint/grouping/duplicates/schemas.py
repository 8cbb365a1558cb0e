"""A likely duplicate as JSON."""

from uuid import UUID

from heed_common.fields import ResponseModel
from heed_complaint.grouping.duplicates.rules import DuplicateReason, DuplicateScore


class ReasonOut(ResponseModel):
    reason: DuplicateReason
    """What both complaints have in common."""
    points: int
    """Part of the score that this adds."""


class DuplicateOut(ResponseModel):
    """A complaint that may be the same; `score` is the sum of the points, a hundred at most."""

    complaint_id: UUID
    score: int
    """From 0 to 100, how much both have in common; people decide whether to merge them."""
    reasons: list[ReasonOut]
    """What both have in common; the points add up to the score."""

    @classmethod
    def from_domain(cls, duplicate: DuplicateScore) -> "DuplicateOut":
        reasons = [ReasonOut(reason=reason, points=points) for reason, points in duplicate.reasons.items()]
        return cls(complaint_id=duplicate.id, score=duplicate.score, reasons=reasons)
