"""Random lives of a complaint through the whole service: its events add up, version by version."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from heed_common.clock import FakeClock
from heed_common.contracts.complaint import ComplaintStatus, MessageChannel, Severity
from heed_common.errors import HeedError
from heed_complaint.intake.customer_messages.service import receive_message
from heed_complaint.lifecycle.backdated_pauses.service import record_pause
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.sla import case as cases
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.replanning.service import replan_page
from heed_complaint.sla.service import fire_due_alerts
from heed_complaint.sla.terms.policies import service as policies
from tests.complaint.factories.complaints import CLERK, move, names, open_complaint, staged_events
from tests.complaint.factories.terms import make_policy, make_target
from tests.conftest import NOON
from tests.examples import seeds

HOUR = timedelta(hours=1)
STEPS = 25
pytestmark = pytest.mark.asyncio


async def change_the_policy(random, session, *, version, now):
    targets = {
        milestone: make_target(random.choice(["PT1H", "PT9H", "P3D"]), random.choice(["always", "office"]))
        for milestone in random.sample(["first_contact", "commitment", "resolution", "call_back"], 2)
    }
    chosen = {
        "on_reopen": random.choice(["continue", "reset", "new"]),
        "retroactive": random.choice([True, False]),
        "pause_counts": random.choice([True, False]),
    }
    document = make_policy(targets=targets, **chosen)
    await policies.put(session, name="any", document=document, by=CLERK, if_match=version, now=now)
    while await replan_page(session, FakeClock(now)):
        pass


async def record_past_pause(random, session, case, *, now):
    since, until = sorted(now - random.randrange(100) * HOUR for _ in range(2))
    pause = {"since": since, "until": until, "reason": "No answer", "by": CLERK, "if_match": None, "now": now}
    with suppress(HeedError):
        await record_pause(session, complaint_id=case.complaint.id, **pause)


async def correct(random, session, case, *, now):
    received_at = NOON - random.randrange(100) * HOUR
    severity = {"severity": random.choice(list(Severity))}
    changes = random.choice([severity, {"received_at": received_at, "occurred_at": received_at}])
    revision = case.complaint.revision
    await service.update_complaint(
        session, complaint_id=case.complaint.id, changes=changes, by=CLERK, if_match=revision, now=now
    )


async def receive_a_message(random, session, case, *, now):
    channel = random.choice(list(MessageChannel))
    await receive_message(session, complaint_id=case.complaint.id, text="And now?", channel=channel, now=now)


async def step(random, session, case, *, version, now):
    """A move that is allowed, a correction, a message, a pause of the past, another policy, or due deadlines."""
    allowed = rules.allowed(ComplaintStatus(case.complaint.state), paused=case.complaint.paused)
    choice = random.choice([*allowed, *allowed, "amend", "ring", "pause", "policy", "message"])
    if choice == "ring":
        await fire_due_alerts(session, now=now)
    elif choice == "policy":
        await change_the_policy(random, session, version=version or None, now=now)
        version += 1
    elif choice == "pause":
        await record_past_pause(random, session, case, now=now)
    elif choice == "amend":
        await correct(random, session, case, now=now)
    elif choice == "message":
        await receive_a_message(random, session, case, now=now)
    else:
        await move(session, case, choice, now=now)
    return await cases.load(session, complaint_id=case.complaint.id), version


@pytest.mark.parametrize("seed", seeds(16))
async def test_versions_count_the_events_and_the_last_event_has_the_current_state(session, seed):
    random, now, version = Random(seed), NOON, 0
    case = await open_complaint(session, now=now, severity=random.choice(list(Severity)))
    for _ in range(STEPS):
        now += random.choice([0, 1, 5, 30]) * HOUR
        case, version = await step(random, session, case, version=version, now=now)
    events = await staged_events(session, case.complaint.id)
    assert [event.aggversion for event in events] == list(range(1, case.complaint.version + 1))
    last = events[-1].data
    assert (last["state"], last["paused"], last["severity"], last["solved"]) == (
        case.complaint.state,
        case.complaint.paused,
        case.complaint.severity,
        case.complaint.solved,
    )
    clocks = {milestone: len(sla.with_previous(clock)) for milestone, clock in case.clocks.items()}
    announced = Counter()
    for event in events:
        (name,) = names([event])
        if name.startswith("sla.breach"):
            announced[event.data["milestone"]] += 1 if name == "sla.breached" else -1
        assert all(0 <= times <= clocks[milestone] for milestone, times in announced.items())
    breached = {milestone for milestone, times in announced.items() if times}
    assert breached == set(last["breached"]) == set(sla.breached(case.clocks))
