"""Errors of opening and amending complaints."""

from heed_common.errors import Conflict, Unprocessable


class CurrencyWithdrawn(Unprocessable):
    code, title = "currency_withdrawn", "This currency had been withdrawn before that moment."


class NotACustomer(Unprocessable):
    code, title = "not_a_customer", "This is the complaint's own id, not a customer's."


class TooManyCorrections(Conflict):
    code, title = "too_many_corrections", "The customer of this complaint was corrected too often."


class KindIsSettled(Conflict):
    code, title = (
        "kind_is_settled",
        "Once handled or ended, a complaint cannot become an unvoiced grievance, nor the other way round.",
    )
