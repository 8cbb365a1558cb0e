"""When a permitted contact may be made: quiet hours, and the hours that the customer prefers. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
FORMAT = re.compile(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])")
Hours = Mapping[str, Sequence[Sequence[str]]]
"""Intervals by weekday, such as `{"mon": [["09:00", "12:00"]]}`."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day, in the customer's zone, in which nothing promotional arrives. They may pass midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours":
        """Parse `21:00-08:00`. Raises `ValueError`."""
        found = FORMAT.fullmatch(text)
        if found is None:
            raise ValueError("must be two times of day, such as 21:00-08:00")
        return cls(time.fromisoformat(found[1]), time.fromisoformat(found[2]))

    def include(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def next_end(self, at: datetime, *, zone: ZoneInfo) -> datetime:
        """Return the moment itself, or if it is quiet the end of the quiet hours."""
        local = at.astimezone(zone)
        if not self.include(local.time()):
            return at
        passes_midnight = local.time() >= self.end
        day = local.date() + DAY if passes_midnight else local.date()
        end = _moment(day, self.end, zone=zone)
        # Where clocks are set back, the end comes twice in that night.
        return end if end > at else _moment(day, self.end.replace(fold=1), zone=zone)


def next_within(hours: Hours, at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return the moment itself if it lies within the hours, or else when they begin again."""
    day = at.astimezone(zone).date()
    for offset in range(len(WEEKDAYS) + 1):
        current = day + offset * DAY
        for start, end in sorted(map(tuple, hours.get(WEEKDAYS[current.weekday()], ()))):
            if at < _boundary(current, end, zone=zone):
                return max(at, _boundary(current, start, zone=zone))
    return at


def _boundary(day: date, text: str, *, zone: ZoneInfo) -> datetime:
    """Return the moment of a time of day; 24:00 ends the day."""
    if text == "24:00":
        return _moment(day + DAY, time(0), zone=zone)
    return _moment(day, time.fromisoformat(text), zone=zone)


def _moment(day: date, at: time, *, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
