"""Errors of hand-overs."""

from heed_common.errors import Conflict


class OwnerUnchanged(Conflict):
    code, title = "owner_unchanged", "This account manager owns the customer already."
    advice = "Nothing is to be done: the customer is with this account manager."
