"""Months and quarters as numbers, so that they can be counted. Pure."""

from collections.abc import Mapping
from datetime import date

MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3}


def index(day: date, months: int) -> int:
    """The number of the period that the day lies in."""
    return (day.year * 12 + day.month - 1) // months


def start(index: int, months: int) -> date:
    """The first day of a period."""
    return date(index * months // 12, index * months % 12 + 1, 1)
