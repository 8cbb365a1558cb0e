"""Errors of policies."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class PolicyNotFound(NotFound):
    code, title = "policy_not_found", "There is no such policy, or no such version of it."


class PolicyInvalid(Unprocessable):
    code, title = "policy_invalid", "The policy does not make sense."
    advice = "Correct what `pointer` names."


class DefaultStays(Conflict):
    code, title = "default_stays", "Without the default there would be complaints without deadlines."
    advice = "Change the default policy instead of deleting it."
