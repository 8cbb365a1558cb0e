from heed_common.errors import Conflict, Unprocessable


class SelfMerge(Unprocessable):
    code, title = "merged_with_themselves", "A customer is not a duplicate of itself."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a customer already; un-merge it there first."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The customer who is to survive is merged into the duplicate."


class ParentAndBranch(Conflict):
    code = "parent_and_branch"
    title = "One of the customers belongs to the other as its branch: delete that relation first."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."


class BothIdentified(Conflict):
    code = "both_identified"
    title = (
        "Both customers have a verified contact or id number, so they may be two persons: check, and repeat with"
        " confirm_identified."
    )
