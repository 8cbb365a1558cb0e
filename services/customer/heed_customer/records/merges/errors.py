from heed_common.errors import Conflict, Unprocessable


class SelfMerge(Unprocessable):
    code, title = "merged_with_themselves", "A customer is not a duplicate of itself."
    advice = "Name two different customers."


class AlreadyMerged(Conflict):
    code, title = "already_merged", "The duplicate is merged into a customer already; un-merge it there first."
    advice = "Read where the duplicate is merged into, un-merge it there, then merge again."


class MergeCycle(Conflict):
    code, title = "merge_cycle", "The customer who is to survive is merged into the duplicate."
    advice = "Swap the two: keep the one into which the other is merged already."


class ParentAndBranch(Conflict):
    code = "parent_and_branch"
    title = "One of the customers belongs to the other as its branch: delete that relation first."
    advice = "Delete the relation between the two first."


class NotMerged(Conflict):
    code, title = "not_merged", "These two were not merged, or not in this direction."
    advice = "Look at the customer's merges for the survivor of this duplicate and its direction."


class BothIdentified(Conflict):
    code = "both_identified"
    title = (
        "Both customers have a verified contact or id number, so they may be two persons: check, and repeat with"
        " confirm_identified."
    )
    advice = 'Let a person compare them. If they are one, repeat with `"confirm_identified": true`.'
