"""Errors of promises."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class PromiseNotFound(NotFound):
    code, title = "promise_not_found", "There is no such promise on this complaint."


class PromiseNotOpen(Conflict):
    code, title = "promise_not_open", "The promise is settled already."
    advice = "Read the promise: it is settled."


class PromiseIsBroken(Conflict):
    code, title = "promise_is_broken", "The moment has passed: the promise is broken."
    advice = "Record a new promise with a new moment."


class PromiseDateInPast(Unprocessable):
    code, title = "promised_for_the_past", "A promise is for a moment that is still to come."
    advice = "Name a moment that is still to come."
