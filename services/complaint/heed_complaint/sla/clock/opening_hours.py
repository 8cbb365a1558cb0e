"""Opening hours of a calendar: the hours of a week, and the days that differ. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = 60
DAY = 86_400
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")

Interval = tuple[int, int]
"""From and until, in seconds of the wall clock since midnight; the end is not part of it."""
Week = tuple[tuple[Interval, ...], ...]
"""The intervals of Monday to Sunday, in order."""


class CalendarError(ValueError):
    """An invalid calendar, with a JSON pointer to the invalid part."""

    def __init__(self, detail: str, *, pointer: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class PublicDays:
    """A country's holidays and make-up days of some years, as they were known when the calendar was written."""

    years: range
    holidays: Mapping[date, str]
    """With their names."""
    working: frozenset[date] = frozenset()
    provisional_from: date | None = None
    """Days from here on may still move: the country has not announced them, or the moon decides."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One version of a calendar, frozen: nothing outside of it affects which moments are working time."""

    zone: ZoneInfo
    week: Week
    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    """The operator's own days; they take precedence over the public ones."""
    public: PublicDays | None = None
    make_up: tuple[Interval, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "make_up", next(filter(None, self.week)))

    def intervals_on(self, day: date) -> tuple[Interval, ...]:
        """Return the hours of that day; a make-up day without hours of its own has those of the week's first day."""
        if self.holiday_name(day) is not None:
            return ()
        usual = self.week[day.weekday()]
        return usual or (self.make_up if self.is_make_up_day(day) else ())

    def holiday_name(self, day: date) -> str | None:
        """Return the name of the holiday, empty if the operator gave none; None on other days."""
        if day in self.off:
            return ""
        if self.public is None or self.is_make_up_day(day):
            return None
        return self.public.holidays.get(day)

    def is_make_up_day(self, day: date) -> bool:
        """Return whether a usually free day is worked; the operator's own days off take precedence over it."""
        return day in self.working or (self.public is not None and day in self.public.working)


def always() -> OpeningHours:
    """Return hours that include every minute of every day."""
    return OpeningHours(ZoneInfo("UTC"), (((0, DAY),),) * 7)


def parse_opening_hours(
    time_zone: str,
    hours: Mapping[str, Sequence[tuple[str, str]]],
    *,
    off: Sequence[date] = (),
    working: Sequence[date] = (),
    public: PublicDays | None = None,
) -> OpeningHours:
    """Parse the hours of an operator. Raises `CalendarError` with a pointer to the invalid part."""
    _check_days(off, working)
    return OpeningHours(_zone(time_zone), _week(hours), frozenset(off), frozenset(working), public)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise CalendarError("This is no time zone of the IANA data base, such as Asia/Shanghai.", pointer="/time_zone")
    return ZoneInfo(name)


def _week(hours: Mapping[str, Sequence[tuple[str, str]]]) -> Week:
    for number, name in enumerate(hours, start=1):
        if name not in DAYS:
            # Input of the caller is not repeated in an error; its number shows which one is meant.
            raise CalendarError(f"Day {number} is none of {', '.join(DAYS)}.", pointer="/hours")
    week = tuple(_day(hours.get(name, ()), pointer=f"/hours/{name}") for name in DAYS)
    if not any(week):
        raise CalendarError("A week without working time would never let a deadline come.", pointer="/hours")
    return week


def _day(intervals: Iterable[tuple[str, str]], *, pointer: str) -> tuple[Interval, ...]:
    parsed = sorted(
        (*_interval(start, end, pointer=f"{pointer}/{index}"), index) for index, (start, end) in enumerate(intervals)
    )
    for (_, end, _), (start, _, index) in pairwise(parsed):
        if start < end:
            raise CalendarError("The interval overlaps another one of that day.", pointer=f"{pointer}/{index}")
    return tuple((start, end) for start, end, _ in parsed)


def _interval(start: str, end: str, *, pointer: str) -> Interval:
    since, until = _seconds(start, pointer=f"{pointer}/0"), _seconds(end, pointer=f"{pointer}/1")
    if since >= until:
        raise CalendarError(
            "The interval ends before it begins. One that crosses midnight is written as two: until 24:00, from 00:00.",
            pointer=pointer,
        )
    return since, until


def _seconds(time: str, *, pointer: str) -> int:
    if not TIME.fullmatch(time):
        raise CalendarError("A time of day is written as 09:00, the end of the day as 24:00.", pointer=pointer)
    hours, minutes = time.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE


def _check_days(off: Sequence[date], working: Sequence[date]) -> None:
    both = set(off) & set(working)
    for index, day in enumerate(working):
        if day in both:
            raise CalendarError("The day is both off and working.", pointer=f"/holidays/working/{index}")
