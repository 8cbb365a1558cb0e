"""Working time: how much of it lies between two moments, and which moment it reaches. Pure.

The intervals of the years that are asked for are laid out once, with the working time before each; every question is
then a bisection. All arithmetic is in integer microseconds since 1970, so no wall clock can disturb it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from heed_complaint.sla.clock.intervals import intervals
from heed_complaint.sla.clock.opening_hours import DAY, Hours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NOTHING = timedelta()
SECOND = 1_000_000
YEARS = range(1971, 2200)


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
    """A day on which work is done otherwise than on its weekday: off, or made up for."""

    day: date
    working: bool
    name: str


class Timeline(NamedTuple):
    """What was counted between two moments, and which days make it differ from the usual week."""

    spans: tuple[Span, ...]
    special: tuple[SpecialDay, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The intervals of some whole years (of UTC), with the working time that lies before each of them."""

    years: range
    start: int
    end: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int
    opened: list[datetime]
    idle: list[timedelta]
    """What passed without work before each opening."""

    def worked(self, at: int) -> int:
        """The working time from the beginning of the table until that moment."""
        i = bisect_right(self.opens, at) - 1
        return self.before[i] + min(at, self.closes[i]) - self.opens[i] if i >= 0 else 0

    def after(self, start: datetime, since: int, amount: timedelta, length: int) -> datetime | None:
        """The first moment at which so much working time has passed; nothing if it lies beyond the table.

        Both are given as numbers too: numbers find the interval, and what was idle until then is added to the moment
        as it is, since making a moment from a number takes longer than all the rest.
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
    """Answers for one version of a calendar. Threads may share it: a longer table replaces a shorter one whole."""

    def __init__(self, hours: Hours, key: CalendarKey = UNNAMED) -> None:
        self.hours = hours
        self.key = key
        # At the turn of the year zones differ by a day, so the outermost public years are known only in part.
        public = hours.public
        self.years = range(public.years.start + 1, public.years.stop - 1) if public else YEARS
        self._table = Table(range(0), 0, -1, [], [], [], 0, [], [])

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Calendar) and (self.key, self.hours) == (other.key, other.hours))

    def __hash__(self) -> int:
        return hash(self.key)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one moment to the other; negative where the other one is earlier."""
        since, until = _micros(start), _micros(end)
        table = self._covering(min(since, until), max(since, until))
        return timedelta(microseconds=table.worked(until) - table.worked(since))

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which so much working time has passed: the end of a day, not the next morning."""
        since, length = _micros(start), _length(amount)
        start = start.astimezone(UTC)
        if length <= 0:
            if length < 0:
                raise ValueError("Working time is added, not taken away.")
            return start
        table = self._covering(since, since)
        while (due := table.after(start, since, amount, length)) is None:
            table = self._longer(table)
        return due

    def next_open(self, at: datetime) -> datetime:
        """The moment itself where it is working time, else the beginning of the next working time."""
        return self.add(at, MICROSECOND) - MICROSECOND

    def timeline(self, start: datetime, end: datetime) -> Timeline:
        """Why so much was counted between two moments, for those who want to see it."""
        since, until = _micros(start), _micros(end)
        table = self._covering(since, until)
        rows = range(bisect_right(table.closes, since), bisect_left(table.opens, until)) if since < until else ()
        return Timeline(
            tuple(Span(_moment(max(table.opens[i], since)), _moment(min(table.closes[i], until))) for i in rows),
            tuple(self._special(self._day(start), self._day(end))),
        )

    def is_provisional(self, at: datetime) -> bool:
        """Whether the country may still move days that decide about this moment."""
        public = self.hours.public
        return bool(public and public.provisional_from and self._day(at) >= public.provisional_from)

    def _special(self, first: date, last: date) -> Iterator[SpecialDay]:
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            usual, worked = bool(self.hours.week[day.weekday()]), bool(self.hours.on(day))
            if usual != worked:
                yield SpecialDay(day, worked, self.hours.day_off(day) or "")

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.hours.zone).date()

    def _covering(self, since: int, until: int) -> Table:
        table = self._table
        if table.start <= since and until <= table.end:
            return table
        return self._reach(table, range(_moment(since).year, _moment(until).year + 1))

    def _longer(self, table: Table) -> Table:
        """Twice as long, so that a calendar of little working time is laid out in few steps."""
        if table.years.stop >= self.years.stop:
            raise BeyondHorizon(self._known())
        return self._reach(table, range(table.years.start, min(table.years.stop + len(table.years), self.years.stop)))

    def _reach(self, table: Table, years: range) -> Table:
        if years.start < self.years.start or years.stop > self.years.stop:
            raise BeyondHorizon(self._known())
        if table.years:
            years = range(min(years.start, table.years.start), max(years.stop, table.years.stop))
        self._table = longer = _laid_out(self.hours, years)
        return longer

    def _known(self) -> str:
        return f"The calendar knows the days of the years {self.years.start} to {self.years.stop - 1}."


def _laid_out(hours: Hours, years: range) -> Table:
    start, end = (_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (years.start, years.stop))
    rows = list(intervals(hours, start // SECOND, end // SECOND))
    opens, closes = ([row[side] * SECOND for row in rows] for side in (0, 1))
    before = list(accumulate((until - since for since, until in zip(opens, closes, strict=True)), initial=0))
    idle = [timedelta(microseconds=since - worked) for since, worked in zip(opens, before, strict=False)]
    return Table(years, start, end, opens, closes, before[:-1], before[-1], [_moment(at) for at in opens], idle)


def _micros(at: datetime) -> int:
    return _length(at - EPOCH)


def _length(amount: timedelta) -> int:
    # Written out: a division of durations takes three times as long.
    return (amount.days * DAY + amount.seconds) * SECOND + amount.microseconds


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)
