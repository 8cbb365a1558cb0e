"""Limits of the moments at which events may have happened. Pure.

They apply to requests, not to events, so that a log written under another limit stays readable.
"""

from datetime import UTC, date, datetime, time

from heed_common.errors import Unprocessable
from heed_common.fields import is_too_far_ahead

DEFAULT_EARLIEST = date(1970, 1, 1)


class InTheFuture(Unprocessable):
    code, title = "in_the_future", "This lies more than five minutes ahead of now."
    advice = "Check the clock and the time zone of the sender."


class TooEarly(Unprocessable):
    code, title = "too_early", "This lies before the earliest day that is accepted here."
    advice = "Check the year; history before that day is not taken."


class OutOfOrder(Unprocessable):
    code, title = "out_of_order", "The moments contradict each other."
    advice = "Correct the moments so that each lies at or after the one before."


def too_early(earliest: date, *, pointer: str) -> TooEarly:
    """Return the error with the limit in its text."""
    return TooEarly(f"This lies before {earliest}, the earliest day that is accepted here.", pointer=pointer)


def occurrence_error(moment: datetime, *, earliest: date, now: datetime, pointer: str) -> Unprocessable | None:
    """Return what is wrong with the moment, or None."""
    if moment < datetime.combine(earliest, time.min, UTC):
        return too_early(earliest, pointer=pointer)
    return InTheFuture(pointer=pointer) if is_too_far_ahead(moment, now=now) else None


def check_occurrence(moment: datetime, *, earliest: date, now: datetime, pointer: str) -> None:
    """Raise `TooEarly` or `InTheFuture` for a moment outside the limits."""
    error = occurrence_error(moment, earliest=earliest, now=now, pointer=pointer)
    if error is not None:
        raise error
