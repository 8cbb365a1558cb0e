"""What can be wrong with deadlines and pauses."""

from collections.abc import Iterator
from contextlib import contextmanager

from heed_common.errors import Unprocessable
from heed_complaint.sla.clock.working_time import BeyondHorizon


class BeyondCalendar(Unprocessable):
    code, title = "beyond_calendar", "No deadline can be calculated so far from the years that the calendar knows."


@contextmanager
def known_years(*, pointer: str) -> Iterator[None]:
    """Moments that callers name may lie in years of which no calendar knows the days."""
    try:
        yield
    except BeyondHorizon as error:
        raise BeyondCalendar(str(error), pointer=pointer) from error
