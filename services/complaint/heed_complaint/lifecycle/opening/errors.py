"""Errors of opening and amending complaints."""

from heed_common.errors import Conflict, Unprocessable


class CurrencyWithdrawn(Unprocessable):
    code, title = "currency_withdrawn", "This currency had been withdrawn before that moment."
    advice = "Use the currency that replaced it."


class NotACustomer(Unprocessable):
    code, title = "not_a_customer", "This is the complaint's own id, not a customer's."
    advice = "Omit `customer_id` or send the id of a customer."


class TooManyCorrections(Conflict):
    code, title = "too_many_corrections", "The customer of this complaint was corrected too often."
    advice = "Close it and open a new complaint for the right customer."


class KindIsSettled(Conflict):
    code, title = (
        "kind_is_settled",
        "Once handled or ended, a complaint cannot become an unvoiced grievance, nor the other way round.",
    )
    advice = "Open a new complaint instead."
