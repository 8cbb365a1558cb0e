"""How long a target is, as operators write it: a duration of ISO 8601 in days, hours, minutes and seconds. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta

PATTERN = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,3})D)?(?:T(?=[0-9])(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)
LONGEST = timedelta(days=366)


class DurationError(ValueError):
    """Says how a duration is written, never what was."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Days of work and time beside them: how long a day is depends on the calendar."""

    days: int
    rest: timedelta

    def by(self, day: timedelta) -> timedelta:
        """How much working time it is, where a day has so much of it."""
        return self.days * day + self.rest


def parse(written: str) -> Duration:
    """`P5D`, `PT8H`, `P1DT4H30M`. Raises `DurationError`."""
    found = PATTERN.fullmatch(written)
    if found is None:
        raise DurationError("A duration is written as PT8H, P5D or P1DT4H30M: days, hours, minutes and seconds.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    duration = Duration(days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    if not timedelta() < duration.by(timedelta(days=1)) <= LONGEST:
        raise DurationError(f"A duration is longer than nothing and at most {LONGEST.days} days.")
    return duration
