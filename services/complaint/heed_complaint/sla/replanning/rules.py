"""Effect of changed terms on the clocks of a complaint. Pure."""

from datetime import datetime
from typing import NamedTuple

from heed_complaint.sla.clock import alerts, milestones
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import Plan


class ReplanResult(NamedTuple):
    """The changed clocks of a complaint before and after, and whether alerts are due."""

    before: Clocks
    after: Clocks
    has_alerts: bool


def replanned(clocks: Clocks, plan: Plan, *, now: datetime) -> Clocks:
    """Apply the plan to the clocks; no warning will be sent for a deadline that is already past."""
    after = milestones.replanned(clocks, plan, since=None if plan.retroactive else now)
    return milestones.suppress_past_warnings(after, now=now)


def replan_and_evaluate(before: Clocks, plan: Plan, *, now: datetime) -> ReplanResult:
    """Apply the plan and record due alerts. Raises `BeyondHorizon` if the calendar does not know the deadline."""
    fired = {
        milestone: alerts.due_alerts(clock, now=now) for milestone, clock in replanned(before, plan, now=now).items()
    }
    after = {milestone: clock for milestone, (clock, _) in fired.items()}
    return ReplanResult(before, after, any(due for _, due in fired.values()))
