"""Random lives of a complaint through the whole service: what was told adds up, version by version."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from heed_common.contracts.complaint import ComplaintStatus, Severity
from heed_complaint.complaints import service
from heed_complaint.moves import rules
from heed_complaint.sla.service import ring_due
from tests.complaint.factories import CLERK, move, names, open_complaint, told
from tests.conftest import NOON

STEPS = 25
pytestmark = pytest.mark.asyncio


async def step(random, session, case, *, now):
    """A move that is allowed, a correction, or a look at the deadlines."""
    allowed = rules.allowed(ComplaintStatus(case.complaint.state), paused=case.complaint.paused)
    choice = random.choice([*allowed, *allowed, "amend", "ring"])
    if choice == "ring":
        await ring_due(session, now=now)
    elif choice == "amend":
        await service.amend(
            session,
            complaint_id=case.complaint.id,
            changes={"severity": random.choice(list(Severity))},
            by=CLERK,
            if_match=case.complaint.revision,
            now=now,
        )
    else:
        await move(session, case, choice, now=now)
    return await service.get(session, complaint_id=case.complaint.id)


@pytest.mark.parametrize("seed", range(12))
async def test_versions_count_the_events_and_the_last_event_says_what_is(session, seed):
    random, now = Random(seed), NOON
    case = await open_complaint(session, now=now, severity=random.choice(list(Severity)))
    for _ in range(STEPS):
        now += timedelta(hours=random.choice([0, 1, 5, 30]))
        case = await step(random, session, case, now=now)
    events = await told(session)
    assert [event.aggversion for event in events] == list(range(1, case.complaint.version + 1))
    last = events[-1].data
    assert (last["state"], last["paused"], last["severity"], last["solved"]) == (
        case.complaint.state,
        case.complaint.paused,
        case.complaint.severity,
        case.complaint.solved,
    )
    standing = Counter()
    for event in events:
        (name,) = names([event])
        if name.startswith("sla.breach"):
            standing[event.data["milestone"]] += 1 if name == "sla.breached" else -1
        assert set(standing.values()) <= {0, 1}
    breached = {milestone for milestone, times in standing.items() if times}
    assert breached == set(last["breached"]) == {m for m, clock in case.clocks.items() if clock.missed}
