"""What can be wrong with an answer to a call-back."""

from heed_common.errors import Conflict, Unprocessable


class CallBackNotOpen(Conflict):
    code, title = "call_back_not_open", "Nobody is to be called back about this complaint now."


class AnotherCustomer(Unprocessable):
    code, title = "another_customer", "The complaint is another customer's; the customer may be left out."
