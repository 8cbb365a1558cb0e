"""Errors of a complaint that exists, or does not."""

from uuid import UUID

from heed_common.errors import Conflict, NotFound


class ComplaintNotFound(NotFound):
    code, title = "complaint_not_found", "There is no such complaint."


class ComplaintEnded(Conflict):
    code, title = "complaint_ended", "The complaint has ended; reopen it first."
    advice = "Reopen the complaint with a reason, then make the move."


class ComplaintIsMerged(Conflict):
    code, title = "complaint_is_merged", "Another complaint is handled in its place; un-merge it first."
    advice = "Make the move on the complaint that `merged_into` names, or un-merge this one first."

    def __init__(self, survivor: UUID) -> None:
        super().__init__(merged_into=str(survivor))
