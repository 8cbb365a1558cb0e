"""Public holidays and make-up days of a country, frozen for a calendar's version."""

from datetime import date, timedelta
from typing import Any

import holidays
from holidays.groups.islamic import IslamicHolidays

from heed_complaint.sla.clock.opening_hours import CalendarError, PublicDays

MOVES_DAYS = 3
"""A country that made up for days in so many of the years announces them year by year."""


A_DAY = timedelta(days=1)


def public_days(country: str, subdivision: str | None = None, *, years: range, today: date) -> PublicDays:
    """What is known today. Raises CalendarError with a pointer where there is no such country or part of it."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise CalendarError(
            "No holidays are known of this country; ISO 3166 codes such as CN.", pointer="/holidays/country"
        )
    if subdivision is not None and subdivision not in known[country]:
        raise CalendarError("No holidays are known of this part of the country.", pointer="/holidays/subdivision")
    found = _holidays(country, subdivision, years)
    made_up = frozenset(day for day in found.weekend_workdays if day.year in years)
    return PublicDays(
        years=years,
        off={day: found[day] for day in sorted(found)},
        working=made_up,
        provisional_from=min([*_not_announced(made_up), *_estimated(found, today)], default=None),
    )


def _holidays(country: str, subdivision: str | None, years: range) -> holidays.HolidayBase:
    """Return the holidays, with the label of the library on each estimated one.

    Some countries leave the label out by default, Saudi Arabia among them, though the moon decides there as well.
    """
    kind = type(holidays.country_holidays(country))
    label: dict[str, Any] = {"islamic_show_estimated": True} if issubclass(kind, IslamicHolidays) else {}
    return kind(subdiv=subdivision, years=years, expand=False, **label)


def _not_announced(made_up: frozenset[date]) -> list[date]:
    """Return the first day of the years that a country which moves days has not announced yet."""
    announced = {day.year for day in made_up}
    return [date(max(announced) + 1, 1, 1)] if len(announced) >= MOVES_DAYS else []


def _estimated(found: holidays.HolidayBase, today: date) -> list[date]:
    """Return the day before the next estimated holiday: the moon may be seen a day earlier or later."""
    label = found.tr(getattr(found, "estimated_label", "")).strip("%s ()（）")
    days = [day for day in found if label and label in found[day] and day > today]
    return [min(days) - A_DAY] if days else []
