"""Public holidays and make-up days of a country, from the `holidays` library. Each calendar version stores them."""

from datetime import date, timedelta
from typing import Any

import holidays
from holidays.groups.islamic import IslamicHolidays

from heed_complaint.sla.clock.opening_hours import CalendarError, PublicDays

MIN_YEARS_WITH_MAKE_UP_DAYS = 3
"""A country with make-up days in so many of the years announces them year by year."""
ONE_DAY = timedelta(days=1)


def public_days(country: str, subdivision: str | None = None, *, years: range, today: date) -> PublicDays:
    """Return the days known today. Raises `CalendarError` with a pointer for an unknown country or subdivision."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise CalendarError(
            "No holidays are known of this country; ISO 3166 codes such as CN.", pointer="/holidays/country"
        )
    if subdivision is not None and subdivision not in known[country]:
        raise CalendarError("No holidays are known of this part of the country.", pointer="/holidays/subdivision")
    found = _holidays(country, subdivision, years)
    make_up_days = frozenset(day for day in found.weekend_workdays if day.year in years)
    return PublicDays(
        years=years,
        holidays={day: found[day] for day in sorted(found)},
        working=make_up_days,
        provisional_from=min([*_not_announced(make_up_days), *_estimated(found, today)], default=None),
    )


def _holidays(country: str, subdivision: str | None, years: range) -> holidays.HolidayBase:
    """Return the holidays, with the label of the library on each estimated one.

    Some countries leave the label out by default, Saudi Arabia among them, though the moon decides there as well.
    """
    kind = type(holidays.country_holidays(country))
    label: dict[str, Any] = {"islamic_show_estimated": True} if issubclass(kind, IslamicHolidays) else {}
    return kind(subdiv=subdivision, years=years, expand=False, **label)


def _not_announced(make_up_days: frozenset[date]) -> list[date]:
    """Return the first day of the years that a country which moves days has not announced yet."""
    announced = {day.year for day in make_up_days}
    return [date(max(announced) + 1, 1, 1)] if len(announced) >= MIN_YEARS_WITH_MAKE_UP_DAYS else []


def _estimated(found: holidays.HolidayBase, today: date) -> list[date]:
    """Return the day before the next estimated holiday: the moon may be seen a day earlier or later."""
    label = found.tr(getattr(found, "estimated_label", "")).strip("%s ()（）")
    days = [day for day in found if label and label in found[day] and day > today]
    return [min(days) - ONE_DAY] if days else []
