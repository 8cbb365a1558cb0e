"""What can be wrong with a complaint."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class ComplaintNotFound(NotFound):
    code, title = "complaint_not_found", "There is no such complaint."


class CurrencyWithdrawn(Unprocessable):
    code, title = "currency_withdrawn", "This currency had been withdrawn before that moment."


class NotACustomer(Unprocessable):
    code, title = "not_a_customer", "This is the complaint's own id, not a customer's."


class TooManyCorrections(Conflict):
    code, title = "too_many_corrections", "The customer of this complaint was corrected too often."
