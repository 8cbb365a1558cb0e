"""Errors of calendars."""

from heed_common.errors import Conflict, NotFound, Unprocessable


class CalendarNotFound(NotFound):
    code, title = "calendar_not_found", "There is no such calendar, or no such version of it."


class CalendarInvalid(Unprocessable):
    code, title = "calendar_invalid", "The calendar does not make sense."
    advice = "Correct what `pointer` names: intervals within a day, no overlap, `24:00` ends a day."


class CalendarFixed(Conflict):
    code, title = "calendar_fixed", "The calendar that is always open stays as it is; write another one."
    advice = "Write a calendar of another name and use that one in the policy."
