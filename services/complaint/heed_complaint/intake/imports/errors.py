"""Errors of imports of complaints."""

from heed_common.errors import Unprocessable


class CustomerUnknown(Unprocessable):
    code, title = "customer_unknown", "There is no customer with this id; import the customers first."


class MoveBeforeReceipt(Unprocessable):
    code, title = "move_before_receipt", "A complaint is not handled before it is received."
