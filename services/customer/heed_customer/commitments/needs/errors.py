"""Errors of needs."""

from heed_common.errors import NotFound, Unprocessable


class NeedNotFound(NotFound):
    code, title = "need_not_found", "This customer has no such need."


class NeedInFuture(Unprocessable):
    code, title = "need_in_future", "A need is recorded when it is there: since today or an earlier day."
    advice = "Record the need on the day on which it is there."
