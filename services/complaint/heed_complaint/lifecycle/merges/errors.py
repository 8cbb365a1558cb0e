"""Errors of merging complaints."""

from heed_common.errors import Conflict, Unprocessable


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
