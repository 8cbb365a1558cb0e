"""Public holidays and make-up days of a country, frozen for a calendar's version."""

from datetime import date

import holidays

from heed_complaint.sla.hours import CalendarError, PublicDays

MOVES_DAYS = 3
"""A country that made up for days in so many of the years announces them year by year."""


def public_days(country: str, subdivision: str | None = None, *, years: range) -> PublicDays:
    """What is known today. Raises CalendarError with a pointer where there is no such country or part of it."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise CalendarError(
            "No holidays are known of this country; ISO 3166 codes such as CN.", pointer="/holidays/country"
        )
    if subdivision is not None and subdivision not in known[country]:
        raise CalendarError("No holidays are known of this part of the country.", pointer="/holidays/subdivision")
    found = holidays.country_holidays(country, subdiv=subdivision, years=years, expand=False)
    made_up = frozenset(day for day in found.weekend_workdays if day.year in years)
    announced = {day.year for day in made_up}
    return PublicDays(
        years=years,
        off={day: found[day] for day in sorted(found)},
        working=made_up,
        provisional_from=date(max(announced) + 1, 1, 1) if len(announced) >= MOVES_DAYS else None,
    )
