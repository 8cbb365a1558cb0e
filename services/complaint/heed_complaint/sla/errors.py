"""Errors of deadlines and pauses."""

from heed_common.errors import Unprocessable


class BeyondCalendar(Unprocessable):
    code, title = "beyond_calendar", "No deadline can be calculated so far from the years that the calendar knows."
    advice = "Extend the calendar's years, or choose a shorter target."
