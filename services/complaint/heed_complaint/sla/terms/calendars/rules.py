"""From what an operator wrote to working hours, and how long one of their days is. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import Hours, PublicDays

ALWAYS, OFFICE = "always", "office"
"""They are there from the start."""
YEARS_BACK, YEARS_AHEAD = 30, 20
"""How many years of public days a version knows."""
YEARS_THAT_MATTER = 5
"""So many more make a calendar another one, though nothing was announced."""

Document = Mapping[str, Any]


def read(document: Document, public: PublicDays | None) -> Hours:
    """Raises `CalendarError` with a pointer to what is wrong."""
    if is_always(document):
        return opening_hours.always()
    own = document.get("holidays", {})
    return opening_hours.define(
        document["time_zone"],
        document["hours"],
        off=_days(own.get("off", ())),
        working=_days(own.get("working", ())),
        public=public,
    )


def is_always(document: Document) -> bool:
    return bool(document.get("always"))


def country_of(document: Document) -> tuple[str, str | None] | None:
    """Whose holidays it keeps, and of which part of the country."""
    own = document.get("holidays", {})
    return (own["country"], own.get("subdivision")) if "country" in own else None


def usual_day(of: Hours) -> timedelta:
    """What one day of a target means: as long as most working days of the week; of equally many, the longer ones."""
    lengths = Counter(sum(end - start for start, end in day) for day in of.week if day)
    return timedelta(seconds=max(lengths, key=lambda length: (lengths[length], length)))


def frozen(public: PublicDays | None) -> dict[str, Any] | None:
    """A country's days as they are kept with the version."""
    if public is None:
        return None
    provisional = public.provisional_from
    return {
        "from": public.years.start,
        "until": public.years.stop,
        "off": {day.isoformat(): name for day, name in public.off.items()},
        "working": sorted(day.isoformat() for day in public.working),
        "provisional_from": provisional.isoformat() if provisional else None,
    }


def thawed(kept: Document | None) -> PublicDays | None:
    if kept is None:
        return None
    provisional = kept["provisional_from"]
    return PublicDays(
        years=range(kept["from"], kept["until"]),
        off={date.fromisoformat(day): name for day, name in kept["off"].items()},
        working=frozenset(map(date.fromisoformat, kept["working"])),
        provisional_from=date.fromisoformat(provisional) if provisional else None,
    )


def says_the_same(kept: Document | None, found: Document | None) -> bool:
    """Whether nothing is announced that was not known; only after some years the years alone are news."""
    if kept is None or found is None:
        return kept is found
    more = int(found["until"]) - int(kept["until"])
    return more < YEARS_THAT_MATTER and _in_years(kept, found) == _in_years(found, kept)


def _in_years(public: Document, other: Document) -> tuple[object, ...]:
    years = range(max(public["from"], other["from"]), min(public["until"], other["until"]))

    def known(day: str) -> bool:
        return int(day[:4]) in years

    off = {day: name for day, name in public["off"].items() if known(day)}
    return off, [day for day in public["working"] if known(day)], public["provisional_from"]


def _days(written: Any) -> list[date]:  # noqa: ANN401 a list of the document
    return [date.fromisoformat(day) for day in written]
