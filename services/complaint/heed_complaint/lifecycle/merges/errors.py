"""Errors of merging complaints."""

from heed_common.errors import Conflict, Unprocessable


class MergedWithItself(Unprocessable):
    code, title = "merged_with_itself", "A complaint cannot be merged with itself."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a complaint already; un-merge it there first."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The surviving complaint is merged into the duplicate."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."


class DifferentCustomers(Conflict):
    code, title = "different_customers", "The complaints are of two customers. Confirm that it is one complaint."


class SurvivorIsUnvoiced(Conflict):
    code, title = (
        "survivor_is_unvoiced",
        "A reported complaint cannot be merged into an unvoiced grievance.",
    )


class LessConfidential(Conflict):
    code, title = "less_confidential", "The duplicate is confidential: make the surviving complaint confidential first."
