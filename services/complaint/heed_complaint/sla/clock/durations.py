"""Target durations as operators write them: ISO 8601 in days, hours, minutes and seconds. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta

DURATION_PATTERN = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,3})D)?(?:T(?=[0-9])(?:([0-9]{1,4})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
)
MAX_DURATION = timedelta(days=366)


class DurationError(ValueError):
    """An invalid duration. The message shows the valid form and never repeats the input."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Working days plus time: the length of a day depends on the calendar."""

    days: int
    rest: timedelta

    def working_time(self, day: timedelta) -> timedelta:
        """Return the working time for that length of a day."""
        return self.days * day + self.rest


def parse(written: str) -> Duration:
    """Parse `P5D`, `PT8H` or `P1DT4H30M`. Raises `DurationError`."""
    match = DURATION_PATTERN.fullmatch(written)
    if match is None:
        raise DurationError("A duration is written as PT8H, P5D or P1DT4H30M: days, hours, minutes and seconds.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    duration = Duration(days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    if not timedelta() < duration.working_time(timedelta(days=1)) <= MAX_DURATION:
        raise DurationError(f"A duration is longer than nothing and at most {MAX_DURATION.days} days.")
    return duration
