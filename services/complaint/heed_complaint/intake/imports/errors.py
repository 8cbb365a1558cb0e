"""Errors of imports of complaints."""

from heed_common.errors import Unprocessable


class MoveBeforeReceipt(Unprocessable):
    code, title = "move_before_receipt", "A complaint is not handled before it is received."
