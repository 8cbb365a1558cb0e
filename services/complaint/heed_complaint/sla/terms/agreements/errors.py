"""Errors of agreements."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class AgreementNotFound(NotFound):
    code, title = "agreement_not_found", "There is no such agreement, or no such version of it."


class AgreementInvalid(Unprocessable):
    code, title = "agreement_invalid", "The agreement does not make sense."
    advice = "Correct what `pointer` names."


class AgreementOverlaps(Conflict):
    code, title = "agreement_overlaps", "Another agreement with this customer is in force at the same time."
    advice = "End the other agreement first, or choose another period."
