"""What other terms change about the clocks of a complaint. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla import rows
from heed_complaint.sla.clock import alerts, milestones
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import Plan


class Change(NamedTuple):
    """Some clocks of a complaint before and after, and whether there is anything to tell of them."""

    before: Clocks
    after: Clocks
    has_news: bool


def granted_by(plan: Plan, number: int) -> Iterator[dict[str, Any]]:
    """The terms as rows hold them, one for each milestone, under the number of the plan."""
    for milestone in Milestone:
        columns = rows.columns_of(milestones.terms_of(plan, milestone))
        yield columns | {"plan": number, "milestone": milestone.value, "retroactive": plan.retroactive}


def replanned(clocks: Clocks, plan: Plan, *, now: datetime) -> Clocks:
    """The clocks by other terms; of a deadline that has just come to lie in the past nobody is warned."""
    after = milestones.replanned(clocks, plan, since=None if plan.retroactive else now)
    return milestones.overlooked(after, now=now)


def change(before: Clocks, plan: Plan, *, now: datetime) -> Change:
    """The clocks by other terms, after everything due was told. Raises BeyondHorizon where no deadline can be named."""
    told = {milestone: alerts.ring(clock, now=now) for milestone, clock in replanned(before, plan, now=now).items()}
    after = {milestone: clock for milestone, (clock, _) in told.items()}
    return Change(before, after, any(news for _, news in told.values()))
