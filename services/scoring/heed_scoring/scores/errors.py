from heed_common.errors import Conflict, NotFound, Unavailable, Unprocessable


class NoScoreThen(NotFound):
    code = "no_score_then"
    title = "Nothing was known of this customer at that moment."


class FutureMoment(Unprocessable):
    code = "future_moment"
    title = "Scores of the future are not known yet."


class ScoreNotCurrent(Unavailable):
    code = "score_not_current"
    title = "Scoring has not processed that event yet."


class TooManyWaiters(Unavailable):
    code = "too_many_waiters"
    title = "Too many callers are waiting for scores; try again in a moment."


class EventDeadLettered(Conflict):
    code = "event_dead_lettered"
    title = "Scoring could not process that event; it is a dead letter."
