from heed_common.errors import Conflict, NotFound, Unavailable, Unprocessable


class NoScoreThen(NotFound):
    code = "no_score_then"
    title = "Nothing was known of this customer at that moment."
    advice = "Ask for a moment after the customer's first event."


class FutureMoment(Unprocessable):
    code = "future_moment"
    title = "Scores of the future are not known yet."
    advice = "Ask for now or a past moment."


class ScoreNotCurrent(Unavailable):
    code = "score_not_current"
    title = "Scoring has not processed that event yet."
    advice = "Read again after `Retry-After`, or ask with `Prefer: wait=30`. The write is stored."


class TooManyWaiters(Unavailable):
    code = "too_many_waiters"
    title = "Too many callers are waiting for scores; try again in a moment."
    advice = "Read without `after`, or again after `Retry-After`."


class EventDeadLettered(Conflict):
    code = "event_dead_lettered"
    title = "Scoring could not process that event; it is a dead letter."
    advice = "Read without `after`. Operators: replay the dead letter, see `heed dlq`."
