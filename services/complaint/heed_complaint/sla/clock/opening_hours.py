"""What a calendar says: the hours of a week, and the days that differ. Pure."""

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
    """A calendar that makes no sense, with the place of the trouble as a JSON pointer."""

    def __init__(self, detail: str, *, pointer: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class PublicDays:
    """A country's holidays and make-up days of some years, as they were known when the calendar was written."""

    years: range
    off: Mapping[date, str]
    """With their names."""
    working: frozenset[date] = frozenset()
    provisional_from: date | None = None
    """From here on days may still move: the country has not announced them, or the moon decides."""


@dataclass(frozen=True, slots=True)
class Hours:
    """One version of a calendar, frozen: nothing outside of it decides which moments are working time."""

    zone: ZoneInfo
    week: Week
    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    """The operator's own days; they come before the public ones."""
    public: PublicDays | None = None
    make_up: tuple[Interval, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "make_up", next(filter(None, self.week)))

    def on(self, day: date) -> tuple[Interval, ...]:
        """When work is done on that day; on a make-up day without hours of its own, as on the week's first day."""
        if self.day_off(day) is not None:
            return ()
        usual = self.week[day.weekday()]
        return usual or (self.make_up if self.made_up(day) else ())

    def day_off(self, day: date) -> str | None:
        """The name of the holiday, empty where the operator gave none; nothing on other days."""
        if day in self.off:
            return ""
        if self.public is None or self.made_up(day):
            return None
        return self.public.off.get(day)

    def made_up(self, day: date) -> bool:
        """Whether it is said to be worked though it might not be; an operator's own day off comes before that."""
        return day in self.working or (self.public is not None and day in self.public.working)


def always() -> Hours:
    """Every minute of every day."""
    return Hours(ZoneInfo("UTC"), (((0, DAY),),) * 7)


def define(
    time_zone: str,
    hours: Mapping[str, Sequence[tuple[str, str]]],
    *,
    off: Sequence[date] = (),
    working: Sequence[date] = (),
    public: PublicDays | None = None,
) -> Hours:
    """A calendar from what an operator wrote. Raises CalendarError with a pointer to what is wrong."""
    _check_days(off, working)
    return Hours(_zone(time_zone), _week(hours), frozenset(off), frozenset(working), public)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise CalendarError("This is no time zone of the IANA data base, such as Asia/Shanghai.", pointer="/time_zone")
    return ZoneInfo(name)


def _week(hours: Mapping[str, Sequence[tuple[str, str]]]) -> Week:
    for place, name in enumerate(hours):
        if name not in DAYS:
            # The name is the caller's own word and is not repeated; its place tells which one is meant.
            raise CalendarError(f"Day {place + 1} is none of {', '.join(DAYS)}.", pointer="/hours")
    week = tuple(_day(hours.get(name, ()), pointer=f"/hours/{name}") for name in DAYS)
    if not any(week):
        raise CalendarError("A week without working time would never let a deadline come.", pointer="/hours")
    return week


def _day(intervals: Iterable[tuple[str, str]], *, pointer: str) -> tuple[Interval, ...]:
    read = sorted(
        (*_interval(start, end, pointer=f"{pointer}/{place}"), place) for place, (start, end) in enumerate(intervals)
    )
    for (_, end, _), (start, _, place) in pairwise(read):
        if start < end:
            raise CalendarError("The interval overlaps another one of that day.", pointer=f"{pointer}/{place}")
    return tuple((start, end) for start, end, _ in read)


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
    for place, day in enumerate(working):
        if day in both:
            raise CalendarError("The day is both off and working.", pointer=f"/holidays/working/{place}")
