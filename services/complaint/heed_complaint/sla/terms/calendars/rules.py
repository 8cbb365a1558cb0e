"""Parsing of calendar documents and of stored holidays, and the length of a working day. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import OpeningHours, PublicDays

ALWAYS, OFFICE = "always", "office"
"""The calendars that exist from the start."""
YEARS_BACK, YEARS_AHEAD = 30, 20
"""The years of public holidays that a version stores."""
MIN_NEW_YEARS = 5
"""This many additional years make a new version, even if nothing was announced."""

Document = Mapping[str, Any]


def parse(document: Document, public: PublicDays | None) -> OpeningHours:
    """Parse a calendar. Raises `CalendarError` with a pointer to the invalid part."""
    if is_always(document):
        return opening_hours.always()
    own = document.get("holidays", {})
    return opening_hours.parse_opening_hours(
        document["time_zone"],
        document["hours"],
        off=_parse_days(own.get("off", ())),
        working=_parse_days(own.get("working", ())),
        public=public,
    )


def is_always(document: Document) -> bool:
    return bool(document.get("always"))


def country_of(document: Document) -> tuple[str, str | None] | None:
    """Return the country whose holidays it observes, and the subdivision."""
    own = document.get("holidays", {})
    return (own["country"], own.get("subdivision")) if "country" in own else None


def typical_working_day(of: OpeningHours) -> timedelta:
    """Return the length of a day in a target: the most frequent one of the week, of equally frequent the longest."""
    lengths = Counter(sum(end - start for start, end in day) for day in of.week if day)
    return timedelta(seconds=max(lengths, key=lambda length: (lengths[length], length)))


def serialize_holidays(public: PublicDays | None) -> dict[str, Any] | None:
    """Return the days of a country as a version stores them."""
    if public is None:
        return None
    provisional = public.provisional_from
    return {
        "from": public.years.start,
        "until": public.years.stop,
        "off": {day.isoformat(): name for day, name in public.holidays.items()},
        "working": sorted(day.isoformat() for day in public.working),
        "provisional_from": provisional.isoformat() if provisional else None,
    }


def parse_holidays(stored: Document | None) -> PublicDays | None:
    """Parse the stored days of a country."""
    if stored is None:
        return None
    provisional = stored["provisional_from"]
    return PublicDays(
        years=range(stored["from"], stored["until"]),
        holidays={date.fromisoformat(day): name for day, name in stored["off"].items()},
        working=frozenset(map(date.fromisoformat, stored["working"])),
        provisional_from=date.fromisoformat(provisional) if provisional else None,
    )


def same_content(stored: Document | None, current: Document | None) -> bool:
    """Return whether the announced days are the same; additional years alone matter only after some years."""
    if stored is None or current is None:
        return stored is current
    new_years = int(current["until"]) - int(stored["until"])
    return new_years < MIN_NEW_YEARS and _in_common_years(stored, current) == _in_common_years(current, stored)


def _in_common_years(public: Document, other: Document) -> tuple[object, ...]:
    years = range(max(public["from"], other["from"]), min(public["until"], other["until"]))

    def is_common(day: str) -> bool:
        return int(day[:4]) in years

    off = {day: name for day, name in public["off"].items() if is_common(day)}
    return off, [day for day in public["working"] if is_common(day)], public["provisional_from"]


def _parse_days(days: Any) -> list[date]:  # noqa: ANN401 a list of the document
    return [date.fromisoformat(day) for day in days]
