"""Errors of corrective actions."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class CorrectiveActionNotFound(NotFound):
    code, title = "correction_not_found", "There is no such corrective action."


class ScopeMissing(Unprocessable):
    code, title = "about_nothing", "Name the cause, category or product that it is about."
    advice = "Name a cause, a category or a product."


class NotDoneYet(Conflict):
    code, title = "not_done_yet", "Its effect is measured and complainants are notified once it is done."
    advice = "Complete the corrective action first."
