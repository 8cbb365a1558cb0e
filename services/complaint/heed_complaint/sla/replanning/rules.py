"""What other terms change about the clocks of a complaint. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla import alarms, rows, rules
from heed_complaint.sla.plans import Plan
from heed_complaint.sla.rules import Clocks


def granted_by(plan: Plan, number: int) -> Iterator[dict[str, Any]]:
    """The terms as rows hold them, one for each milestone, under the number of the plan."""
    for milestone in Milestone:
        columns = rows.columns_of(rules.terms_of(plan, milestone))
        yield columns | {"plan": number, "milestone": milestone.value, "retroactive": plan.retroactive}


def replanned(clocks: Clocks, plan: Plan, *, now: datetime) -> Clocks:
    """The clocks by other terms; of a deadline that has just come to lie in the past nobody is warned."""
    after = rules.replanned(clocks, plan, since=None if plan.retroactive else now)
    return rules.overlooked(after, now=now)


def rung(clocks: Clocks, *, now: datetime) -> tuple[Clocks, bool]:
    """The clocks as they are after everything due was told, and whether there is anything to tell."""
    told = {milestone: alarms.ring(clock, now=now) for milestone, clock in clocks.items()}
    return {milestone: clock for milestone, (clock, _) in told.items()}, any(news for _, news in told.values())
