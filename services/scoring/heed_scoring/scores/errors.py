from heed_common.errors import Conflict, NotFound, Unavailable, Unprocessable


class NoScoreThen(NotFound):
    code = "no_score_then"
    title = "Nothing was known of this customer at that moment."


class FutureMoment(Unprocessable):
    code = "future_moment"
    title = "What will be said in the future is not known yet."


class ScoreNotCurrent(Unavailable):
    code = "score_not_current"
    title = "Scoring has not come to that event yet."


class TooManyWaiters(Unavailable):
    code = "too_many_waiters"
    title = "Too many callers are waiting for scores; ask again in a moment."


class EventDeadLettered(Conflict):
    code = "event_dead_lettered"
    title = "Scoring could not take that event in; it lies among the dead letters."
