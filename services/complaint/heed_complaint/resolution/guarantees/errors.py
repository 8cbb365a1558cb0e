"""Errors of guarantees."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class GuaranteeNotFound(NotFound):
    code, title = "guarantee_not_found", "There is no such guarantee."


class GuaranteeInvalid(Unprocessable):
    code, title = "guarantee_invalid", "The guarantee contradicts itself."
    advice = "Correct what `pointer` names."


class NotOnCustomerRequest(Conflict):
    code, title = (
        "not_by_word",
        "This guarantee asks for a broken promise; the customer's word alone does not trigger it.",
    )
    advice = "Record the broken promise; the guarantee then triggers by itself."


class GuaranteeNotApplicable(Conflict):
    code, title = "guarantee_not_applicable", "The guarantee does not hold for this complaint."
    advice = "Look at the guarantee's condition and period."


class AlreadyTriggered(Conflict):
    code, title = "guarantee_already_triggered", "The guarantee has been paid for on this complaint."
    advice = "Nothing is to be done: it was paid."
