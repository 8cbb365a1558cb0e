"""Errors of merging complaints."""

from heed_common.errors import Conflict, Unprocessable


class MergedWithItself(Unprocessable):
    code, title = "merged_with_itself", "A complaint cannot be merged with itself."
    advice = "Name two different complaints."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a complaint already; un-merge it there first."
    advice = "Read where the duplicate is merged into, un-merge it there, then merge again."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The surviving complaint is merged into the duplicate."
    advice = "Swap the two: keep the one into which the other is merged already."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."
    advice = "Look at the customer's merges for the survivor of this duplicate and its direction."


class DifferentCustomers(Conflict):
    code, title = "different_customers", "The complaints are of two customers. Confirm that it is one complaint."
    advice = "If it is one complaint all the same, repeat with the confirmation."


class SurvivorIsUnvoiced(Conflict):
    code, title = (
        "survivor_is_unvoiced",
        "A reported complaint cannot be merged into an unvoiced grievance.",
    )
    advice = "Merge the other way round."


class LessConfidential(Conflict):
    code, title = "less_confidential", "The duplicate is confidential: make the surviving complaint confidential first."
    advice = "Make the surviving complaint confidential, then merge."
