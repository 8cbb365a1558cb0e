"""Availability of an agent: shifts in the agent's own time zone, and absences. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import OpeningHours


class Absence(NamedTuple):
    """A period of absence; its end is exclusive."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Availability:
    """The presence, shifts and absences of an agent."""

    present: bool
    shifts: OpeningHours | None = None
    absences: tuple[Absence, ...] = ()

    def on_duty(self, at: datetime) -> bool:
        """Return whether the agent is present, within a shift if there are any, and not absent."""
        if not self.present or any(absence.since <= at < absence.until for absence in self.absences):
            return False
        return self.shifts is None or _is_within(self.shifts, at)


def parse_availability(
    *, present: bool, shifts: Mapping[str, Any] | None, absences: Sequence[Mapping[str, str]]
) -> Availability:
    """Parse the stored form. Raises `CalendarError` if the shifts are invalid."""
    hours = None if shifts is None else opening_hours.parse_opening_hours(shifts["time_zone"], shifts["hours"])
    periods = (Absence(*(datetime.fromisoformat(absence[side]) for side in Absence._fields)) for absence in absences)
    return Availability(present, hours, tuple(periods))


def _is_within(shifts: OpeningHours, at: datetime) -> bool:
    local = at.astimezone(shifts.zone)
    second = (local.hour * 60 + local.minute) * 60 + local.second
    return any(since <= second < until for since, until in shifts.intervals_on(local.date()))
