"""Errors of quotes."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class QuoteNotFound(NotFound):
    code, title = "quote_not_found", "This customer has no such quote."


class QuoteWithdrawn(Conflict):
    code, title = "quote_withdrawn", "The quote is withdrawn already."
    advice = "Make a new quote."


class QuotePeriodInvalid(Unprocessable):
    code, title = "quote_period_invalid", "A quote ends after it begins, and not in the past."
    advice = "Correct the period of the quote."
