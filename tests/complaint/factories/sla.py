"""Plans, terms and clocks as tests need them."""

from datetime import timedelta

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.plan import Plan, PolicyKey, Terms
from heed_complaint.sla.clock.working_time import Calendar, CalendarKey

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ALWAYS = Calendar(opening_hours.always(), CalendarKey("always", 1))


def make_plan(calendar=ALWAYS, *, policy="default", version=1, **grants):
    """Round the clock: contact within an hour, commitment in four, resolution in 48, call-back in three days."""
    targets = {
        Milestone.FIRST_CONTACT: HOUR,
        Milestone.COMMITMENT: 4 * HOUR,
        Milestone.RESOLUTION: grants.pop("resolution", 48 * HOUR),
        Milestone.CALL_BACK: 3 * DAY,
    }
    plan = {name: grants.pop(name) for name in ("on_reopen", "retroactive", "escalation") if name in grants}
    grants |= {"policy": PolicyKey(policy, version)}
    terms = {milestone: Terms(target, calendar, **grants) for milestone, target in targets.items()}
    return Plan(policy, version, None, terms, **plan)
