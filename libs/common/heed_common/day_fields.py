"""Days in requests, written as in ISO 8601."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MIN_REPORT_DAY = date(1900, 1, 1)


def _require_iso_day(value: object) -> object:
    """Reject seconds since 1970 and moments at midnight, which pydantic would also convert to a day."""
    if isinstance(value, date) or (isinstance(value, str) and ISO_DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("day_format", "must be a day such as 2026-03-02")


def _require_report_day(day: date) -> date:
    if day < MIN_REPORT_DAY:
        raise PydanticCustomError("day_range", "must not be before 1900-01-01")
    return day


Day = Annotated[date, BeforeValidator(_require_iso_day)]
ReportDay = Annotated[Day, AfterValidator(_require_report_day)]
"""A bound of the period of a report: reports compute periods before it, and the calendar of Python ends."""
