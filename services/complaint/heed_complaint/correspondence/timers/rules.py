"""When timed messages are due, by the working time of their milestone. Pure: no clock, no tables."""

from datetime import datetime

from heed_common.contracts.complaint import ComplaintStatus, Milestone
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.resolution.callback_answers.rules import AWAITING_RESPONSE
from heed_complaint.sla.clock import run as runs
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.working_time import BeyondHorizon
from heed_complaint.sla.terms.calendars.rules import typical_working_day

MILESTONES = {MessageKind.PROGRESS: Milestone.PROGRESS, MessageKind.CALL_BACK: Milestone.CALL_BACK}
"""The milestone from whose start, and by whose calendar, the days are counted."""


def due_at(clocks: Clocks, kind: MessageKind, *, after_days: int) -> datetime | None:
    """Return the moment; None if the milestone does not run, is paused, or is too far away for its calendar."""
    clock = clocks.get(MILESTONES[kind])
    if clock is None or clock.stopped_at or not clock.runs:
        return None
    run = clock.runs[-1]
    amount = after_days * typical_working_day(run.terms.calendar.hours)
    try:
        return runs.time_when_consumed(run, clock.ledger, amount)
    except BeyondHorizon:
        return None


def awaits_answer(state: ComplaintStatus, *, customer_wrote: bool) -> bool:
    """Return whether the customer has yet to answer whether it is solved."""
    return state in AWAITING_RESPONSE and not customer_wrote
