"""Errors of submissions without an account."""

from heed_common.errors import Conflict, NotFound


class FormAlreadySubmitted(Conflict):
    code, title = "form_sent_before", "This form was sent before with other content; please begin a new one."
    advice = "Load the form again for another complaint."


class ContactUnknown(NotFound):
    code, title = "contact_unknown", "No address was left with this complaint."
    advice = "Use the ways of contact that the company names."
