"""Working time: its amount between two moments, and the moment at which an amount has passed. Pure.

The intervals of the requested years are tabulated once, with the working time before each; every calculation is then
a bisection. All arithmetic is in integer microseconds since 1970, so no change of the local time can disturb it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from heed_complaint.sla.clock.intervals import intervals
from heed_complaint.sla.clock.opening_hours import DAY, OpeningHours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ZERO = timedelta()
SECOND = 1_000_000
SUPPORTED_YEARS = range(1971, 2200)


class CalendarKey(NamedTuple):
    """One version of a calendar; a version never changes."""

    name: str
    version: int


UNNAMED = CalendarKey("", 0)


class BeyondHorizon(ValueError):
    """A moment in years whose days the calendar does not know."""


class Span(NamedTuple):
    """Working time without a break, in UTC."""

    start: datetime
    end: datetime


class SpecialDay(NamedTuple):
    """A day with other hours than its weekday: a holiday, or a make-up day."""

    day: date
    working: bool
    name: str


class Timeline(NamedTuple):
    """The working time between two moments, and the days that differ from the usual week."""

    spans: tuple[Span, ...]
    special: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """The intervals of some whole years (of UTC), with the working time before each of them."""

    years: range
    start: int
    end: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int
    opened: list[datetime]
    idle: list[timedelta]
    """The time outside working hours before each opening."""

    def worked_before(self, at: int) -> int:
        """Return the working time from the beginning of the table until that moment."""
        i = bisect_right(self.opens, at) - 1
        return self.before[i] + min(at, self.closes[i]) - self.opens[i] if i >= 0 else 0

    def moment_after(self, start: datetime, since: int, amount: timedelta, length: int) -> datetime | None:
        """Return the first moment at which that working time has passed; None if it lies beyond the table.

        Both are given as numbers too: the numbers find the interval, and the idle time until then is added to the
        moment itself, since making a moment from a number takes longer than all the rest.
        """
        i = bisect_right(self.opens, since) - 1
        if i >= 0 and since < self.closes[i]:
            worked = self.before[i] + since - self.opens[i]
        elif (i := i + 1) < len(self.opens):
            worked, start = self.before[i], self.opened[i]
        else:
            return None
        worked += length
        if worked > self.total:
            return None
        return start + amount + (self.idle[bisect_left(self.before, worked) - 1] - self.idle[i])


class Calendar:
    """Arithmetic for one version of a calendar. Threads may share it: a longer table replaces a shorter one whole."""

    def __init__(self, hours: OpeningHours, key: CalendarKey = UNNAMED) -> None:
        self.hours = hours
        self.key = key
        # At the turn of the year zones differ by a day, so the outermost public years are known only in part.
        public = hours.public
        self.years = range(public.years.start + 1, public.years.stop - 1) if public else SUPPORTED_YEARS
        self._table = IntervalTable(range(0), 0, -1, [], [], [], 0, [], [])

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Calendar) and (self.key, self.hours) == (other.key, other.hours))

    def __hash__(self) -> int:
        return hash(self.key)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from one moment to the other; negative if the other one is earlier."""
        since, until = _to_micros(start), _to_micros(end)
        table = self._table_covering(min(since, until), max(since, until))
        return timedelta(microseconds=table.worked_before(until) - table.worked_before(since))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """Return the first moment at which that working time has passed: the end of a day, not the next morning."""
        since, length = _to_micros(start), _length(amount)
        start = start.astimezone(UTC)
        if length <= 0:
            if length < 0:
                raise ValueError("Working time is added, not taken away.")
            return start
        table = self._table_covering(since, since)
        while (due := table.moment_after(start, since, amount, length)) is None:
            table = self._extended(table)
        return due

    def next_open(self, at: datetime) -> datetime:
        """Return the moment itself if it is working time, else the beginning of the next working time."""
        return self.add(at, MICROSECOND) - MICROSECOND

    def timeline(self, start: datetime, end: datetime) -> Timeline:
        """Return the intervals and special days between two moments, to explain the working time."""
        since, until = _to_micros(start), _to_micros(end)
        table = self._table_covering(since, until)
        rows = range(bisect_right(table.closes, since), bisect_left(table.opens, until)) if since < until else ()
        return Timeline(
            tuple(
                Span(_to_datetime(max(table.opens[i], since)), _to_datetime(min(table.closes[i], until))) for i in rows
            ),
            tuple(self._special(self._day(start), self._day(end))),
        )

    def is_provisional(self, at: datetime) -> bool:
        """Return whether the country may still move days that affect this moment."""
        public = self.hours.public
        return bool(public and public.provisional_from and self._day(at) >= public.provisional_from)

    def _special(self, first: date, last: date) -> Iterator[SpecialDay]:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            usual, worked = bool(self.hours.week[day.weekday()]), bool(self.hours.intervals_on(day))
            if usual != worked:
                yield SpecialDay(day, worked, self.hours.holiday_name(day) or "")

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.hours.zone).date()

    def _table_covering(self, since: int, until: int) -> IntervalTable:
        table = self._table
        if table.start <= since and until <= table.end:
            return table
        return self._extend_to(table, range(_to_datetime(since).year, _to_datetime(until).year + 1))

    def _extended(self, table: IntervalTable) -> IntervalTable:
        """Double the table, so that a calendar with little working time is tabulated in few steps."""
        if table.years.stop >= self.years.stop:
            raise BeyondHorizon(self._known_years())
        return self._extend_to(
            table, range(table.years.start, min(table.years.stop + len(table.years), self.years.stop))
        )

    def _extend_to(self, table: IntervalTable, years: range) -> IntervalTable:
        if years.start < self.years.start or years.stop > self.years.stop:
            raise BeyondHorizon(self._known_years())
        if table.years:
            years = range(min(years.start, table.years.start), max(years.stop, table.years.stop))
        self._table = longer = _build_table(self.hours, years)
        return longer

    def _known_years(self) -> str:
        return f"The calendar knows the days of the years {self.years.start} to {self.years.stop - 1}."


def _build_table(hours: OpeningHours, years: range) -> IntervalTable:
    start, end = (_to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (years.start, years.stop))
    rows = list(intervals(hours, start // SECOND, end // SECOND))
    opens, closes = ([row[side] * SECOND for row in rows] for side in (0, 1))
    before = list(accumulate((until - since for since, until in zip(opens, closes, strict=True)), initial=0))
    idle = [timedelta(microseconds=since - worked) for since, worked in zip(opens, before, strict=False)]
    return IntervalTable(
        years, start, end, opens, closes, before[:-1], before[-1], [_to_datetime(at) for at in opens], idle
    )


def _to_micros(at: datetime) -> int:
    return _length(at - EPOCH)


def _length(amount: timedelta) -> int:
    # Written out: a division of durations takes three times as long.
    return (amount.days * DAY + amount.seconds) * SECOND + amount.microseconds


def _to_datetime(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
