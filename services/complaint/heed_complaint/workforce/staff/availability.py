"""Who is on duty at a moment: shifts in the agent's own time zone, and absences. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import Hours


class Absence(NamedTuple):
    """Away from one moment until another, which is no longer part of it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of an agent's presence."""

    present: bool
    shifts: Hours | None = None
    absences: tuple[Absence, ...] = ()

    def on_duty(self, at: datetime) -> bool:
        """Present, within a shift where there are any, and not absent."""
        if not self.present or any(away.since <= at < away.until for away in self.absences):
            return False
        return self.shifts is None or _is_within(self.shifts, at)


def presence(*, present: bool, shifts: Mapping[str, Any] | None, absences: Sequence[Mapping[str, str]]) -> Presence:
    """From what is stored. Raises CalendarError where the shifts make no sense."""
    worked = None if shifts is None else opening_hours.define(shifts["time_zone"], shifts["hours"])
    away = tuple(Absence(*(datetime.fromisoformat(item[side]) for side in ("since", "until"))) for item in absences)
    return Presence(present, worked, away)


def _is_within(shifts: Hours, at: datetime) -> bool:
    local = at.astimezone(shifts.zone)
    second = (local.hour * 60 + local.minute) * 60 + local.second
    return any(since <= second < until for since, until in shifts.on(local.date()))
