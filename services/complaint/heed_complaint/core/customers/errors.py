"""Errors of customers that a caller names."""

from heed_common.errors import Unprocessable


class CustomerUnknown(Unprocessable):
    code, title = "customer_unknown", "There is no customer with the id that is given here."
    advice = "Register the customer first; if that was a moment ago, send the same again after a second."
