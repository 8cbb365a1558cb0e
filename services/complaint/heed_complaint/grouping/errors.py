
from uuid import UUID

from heed_common.errors import Conflict, NotFound, Unprocessable


class ComplaintHasEnded(Conflict):
    code, title = "complaint_has_ended", "The complaint has ended; reopen it first."


class ComplaintIsMerged(Conflict):
    code, title = "complaint_is_merged", "Another complaint is handled in its place; un-merge it first."

    def __init__(self, survivor: UUID) -> None:
        super().__init__(merged_into=str(survivor))


class MergedWithItself(Unprocessable):
    code, title = "merged_with_itself", "No complaint is a duplicate of itself."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a complaint already; un-merge it there first."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The complaint that is to survive is merged into the duplicate."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."


class DifferentCustomers(Conflict):
    code, title = "different_customers", "Two customers have complained. Confirm that it is one complaint all the same."


class SurvivorIsUnvoiced(Conflict):
    code, title = "survivor_is_unvoiced", "What somebody said is not merged into what nobody said; merge the other way."


class LessConfidential(Conflict):
    code, title = "less_confidential", "The duplicate is confidential: make the complaint that survives so first."


class IncidentNotFound(NotFound):
    code, title = "incident_not_found", "There is no such incident."


class IncidentClosed(Conflict):
    code, title = "incident_is_over", "The incident is over; open it again first."


class InAnotherIncident(Conflict):
    code, title = (
        "in_another_incident",
        "The complaint is about another incident, or about none; detach it there first.",
    )


class KindIsSettled(Conflict):
    code, title = (
        "kind_is_settled",
        "Once it is handled, or has ended, what nobody said cannot become what somebody did.",
    )
