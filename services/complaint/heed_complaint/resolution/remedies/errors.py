"""Errors of remedies."""

from decimal import Decimal

from heed_common.errors import Conflict, Forbidden, NotFound, Unprocessable
from heed_common.fields import format_decimal


class RemedyNotFound(NotFound):
    code, title = "remedy_not_found", "There is no such remedy on this complaint."


class OverLimit(Unprocessable):
    code, title = "over_limit", "This is more than may be given without a second person's approval."
    advice = "Ask a second person for approval, or grant less."

    def __init__(self, detail: str, *, limit: Decimal | None, given: Decimal, currency: str) -> None:
        members = {
            "limit": None if limit is None else format_decimal(limit),
            "given": format_decimal(given),
            "currency": currency,
        }
        super().__init__(detail, pointer="/amount", **members)


class RemedyDecided(Conflict):
    code, title = "remedy_decided", "This remedy has been decided on already."
    advice = "Read the remedy: it is approved or refused."


class NotAnAuthoriser(Forbidden):
    code, title = "not_an_authoriser", "Neither the settings nor the playbook lets this caller decide on remedies."
    advice = "Ask a person whom the settings or the playbook name."
