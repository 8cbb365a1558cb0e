"""The simplest accounts of a complaint's clocks: for every minute whether it counts, and nothing else."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from heed_complaint.sla.clock.opening_hours import parse_opening_hours
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey
from tests.complaint.factories.calendars import MINUTE, WEEK, WORKDAYS

START = datetime(2026, 3, 26, 12, tzinfo=UTC)
"""Three days before the clocks go forward in Berlin."""
LENGTH = 60_000
ZERO = np.zeros(LENGTH, dtype=bool)
WRITTEN = {
    "always": ("UTC", dict.fromkeys(WEEK, ("00:00", "24:00"))),
    "berlin": ("Europe/Berlin", dict.fromkeys(WORKDAYS, ("08:00", "12:00", "13:30", "18:00"))),
    "nights": ("Asia/Shanghai", {"tue": ("00:00", "06:15"), "sat": ("22:00", "24:00"), "sun": ("00:00", "07:00")}),
}


def at(minute):
    return START + minute * MINUTE


def _pairs(times):
    return list(zip(times[::2], times[1::2], strict=True))


CALENDARS = {
    name: Calendar(parse_opening_hours(zone, {day: _pairs(times) for day, times in week.items()}), CalendarKey(name, 1))
    for name, (zone, week) in WRITTEN.items()
}


def _walk(name):
    zone, week = WRITTEN[name]
    walls = (at(minute).astimezone(ZoneInfo(zone)) for minute in range(LENGTH))
    hours = {place: _pairs(week.get(day, ())) for place, day in enumerate(WEEK)}
    return np.array(
        [any(s <= f"{w.hour:02}:{w.minute:02}" < e for s, e in hours[w.weekday()]) for w in walls], dtype=bool
    )


@dataclass(frozen=True)
class Grant:
    """What a policy grants a milestone, in minutes."""

    target: int
    calendar: str
    pause_counts: bool


@dataclass(frozen=True)
class Try:
    start: int
    grant: Grant
    end: int | None = None
    replanned: bool = False


@dataclass
class Book:
    """One clock: its tries, and the minutes in which it rested."""

    grant: Grant
    waits: np.ndarray
    """The minutes in which the customer was waited for; shared by all clocks, but only the resolution stops."""
    tries: list[Try] = field(default_factory=list)
    rests: np.ndarray = field(default_factory=ZERO.copy)
    stopped: int | None = None
    reached: bool = False

    def start(self, now):
        if not self.tries:
            self.tries.append(Try(now, self.grant))

    def stop(self, now, *, reached):
        if self.stopped is not None:
            return
        self.stopped, self.reached = now, reached
        if self.tries:
            self.tries[-1] = replace(self.tries[-1], end=now)

    def reopen(self, now, how):
        """The clock that goes on, and the old one where there is another."""
        if self.stopped is None or not self.tries:
            self.stopped = None
            return self, []
        if how is OnReopen.NEW:
            return Book(self.grant, self.waits, [Try(now, self.grant)]), [self]
        if how is OnReopen.RESET:
            self.tries.append(Try(now, self.grant))
        else:
            self.rests[self.stopped : now] = True
            self.tries[-1] = replace(self.tries[-1], end=None)
        self.stopped, self.reached = None, False
        return self, []

    def replace_grant(self, grant, since):
        if grant == self.grant:
            return
        if since is None:
            joined = []
            for one in self.tries:
                if one.replanned:
                    joined[-1] = replace(joined[-1], end=one.end)
                else:
                    joined.append(replace(one, grant=grant))
            self.tries = joined
        elif self.stopped is not None:
            return
        elif self.tries:
            self.tries[-1] = replace(self.tries[-1], end=since)
            self.tries.append(Try(since, grant, replanned=True))
        self.grant = grant

    def paused_minutes(self, grant):
        return self.rests if grant.pause_counts else self.rests | self.waits

    def counts(self, one):
        return OPEN[one.grant.calendar] & ~self.paused_minutes(one.grant)

    def used(self, now):
        if not self.tries:
            return 0
        one = self.tries[-1]
        return int(self.counts(one)[one.start : min(now, one.end if one.end is not None else now)].sum())

    def due(self, one):
        """The minute at whose beginning it is due; nothing where that lies beyond what is booked."""
        used = np.cumsum(self.counts(one)[one.start :])
        last = int(np.searchsorted(used, one.grant.target))
        free = np.flatnonzero(~self.paused_minutes(one.grant)[one.start + last + 1 :]) if last < len(used) else []
        return one.start + last + 1 + int(free[0]) if len(free) else None

    def late(self, now):
        dues = ((self.due(one), one.end if one.end is not None else now) for one in self.tries)
        return any(due is not None and due < until for due, until in dues)


OPEN = {name: _walk(name) for name in WRITTEN}
