"""Errors of deadlines and pauses."""

from collections.abc import Iterator
from contextlib import contextmanager

from heed_common.errors import Unprocessable
from heed_complaint.sla.clock.working_time import BeyondHorizon


class BeyondCalendar(Unprocessable):
    code, title = "beyond_calendar", "No deadline can be calculated so far from the years that the calendar knows."


@contextmanager
def calendar_years_required(*, pointer: str) -> Iterator[None]:
    """Raise `BeyondCalendar` if a moment in the request lies in years whose days no calendar knows."""
    try:
        yield
    except BeyondHorizon as error:
        raise BeyondCalendar(str(error), pointer=pointer) from error
