"""What callers who merge customers may do wrong."""

from heed_common.errors import Conflict, Unprocessable


class MergedWithThemselves(Unprocessable):
    code, title = "merged_with_themselves", "Nobody is a duplicate of themselves."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a customer already; un-merge it there first."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The customer who is to survive is merged into the duplicate."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."
