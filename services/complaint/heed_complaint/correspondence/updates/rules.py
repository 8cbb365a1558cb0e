"""What an update contains: deadlines and outcomes as the customer reads them. Pure: no clock, no tables."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from heed_common.contracts.complaint import ComplaintStatus, Milestone
from heed_common.languages import Language
from heed_complaint.lifecycle.notifications.rules import moment_text
from heed_complaint.sla.clock.milestones import Clocks

DECISIONS = {
    ComplaintStatus.COMPLETED: "completed",
    ComplaintStatus.DECLINED: "declined",
    ComplaintStatus.REFERRED: "referred",
}
"""States that are announced as a decision."""


def pending_deadline(clocks: Clocks, milestone: Milestone, *, now: datetime) -> datetime | None:
    """Return the deadline if it lies ahead: a promise for the past is none."""
    clock = clocks.get(milestone)
    if clock is None or clock.stopped_at or clock.due_at is None or clock.due_at <= now:
        return None
    return clock.due_at


def deadline_params(clocks: Clocks, *, language: Language, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return the deadlines ahead: when we contact the customer, resolve the matter, and write again at the latest."""
    deadlines = {
        "contact_by": pending_deadline(clocks, Milestone.FIRST_CONTACT, now=now),
        "resolve_by": pending_deadline(clocks, Milestone.RESOLUTION, now=now),
        "update_by": pending_deadline(clocks, Milestone.PROGRESS, now=now),
    }
    return {name: moment_text(at, language=language, zone=zone) for name, at in deadlines.items()}


def progress_params(clocks: Clocks, *, language: Language, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return the deadlines of a progress report: also a missed one, and the next report after this one."""
    resolution, progress = clocks[Milestone.RESOLUTION], clocks[Milestone.PROGRESS]
    missed_at = resolution.breached_at(now)
    next_update = progress.terms.calendar.add(now, progress.terms.target)
    resolve_by = missed_at or pending_deadline(clocks, Milestone.RESOLUTION, now=now)
    texts = {"resolve_by": resolve_by, "update_by": next_update}
    return {
        "contact_by": None,
        "missed": missed_at is not None,
        **{name: moment_text(at, language=language, zone=zone) for name, at in texts.items()},
    }


def remedy_text(label: str, amount: str | None, *, language: Language) -> str:
    """Return one remedy as a line of a letter."""
    if amount is None:
        return label
    return f"{label}：{amount}" if language == "zh" else f"{label}: {amount}"
