"""After merge and unmerge a complaint equals its twin that was never merged."""

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import ComplaintStatus, Severity
from heed_complaint.lifecycle.merges import service
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from heed_complaint.sla.schemas import ComplaintOut
from heed_complaint.sla.service import fire_due_alerts
from tests.complaint.factories.complaints import CLERK, move, open_complaint, staged_events
from tests.conftest import NOON
from tests.examples import seeds

pytestmark = pytest.mark.asyncio
OF_ITS_OWN = {"id", "customer_id"}
ENDS = {Action.DECLINE, Action.REFER, Action.WITHDRAW}


async def both(session, twins, act):
    return [await act(session, await cases.load(session, complaint_id=id_)) for id_ in twins]


async def walked(session, random, twins, *, now):
    """Both take the same steps at the same moments."""
    for _ in range(random.randrange(5)):
        now += timedelta(hours=random.choice([0, 1, 7, 40]))
        complaint = (await cases.load(session, complaint_id=twins[0])).complaint
        allowed = rules.allowed(ComplaintStatus(complaint.state), paused=complaint.paused)
        action = random.choice([action for action in allowed if action not in ENDS] or [None])
        if action is not None:
            await both(
                session, twins, lambda session, case, action=action, now=now: move(session, case, action, now=now)
            )
        if random.random() < 0.5:
            await fire_due_alerts(session, now=now)
    return now


async def shown(session, complaint_id, *, now):
    out = ComplaintOut.from_case(await cases.load(session, complaint_id=complaint_id), now=now)
    return out.model_dump(exclude=OF_ITS_OWN)


@pytest.mark.parametrize("seed", seeds(25))
async def test_after_merge_and_unmerge_a_complaint_equals_its_untouched_twin(session, seed):
    random = Random(seed)
    severity, received_at = random.choice(list(Severity)), NOON - timedelta(hours=random.choice([0, 2, 30]))
    given = {"customer_id": uuid4(), "severity": severity, "received_at": received_at}
    pairs = [[(await open_complaint(session, now=NOON, **given)).complaint.id for _ in range(2)] for _ in range(2)]
    (survivor, survivors_twin), (duplicate, duplicates_twin) = pairs
    now = max([await walked(session, random, twins, now=NOON) for twins in pairs])
    if (await cases.load(session, complaint_id=survivor)).complaint.ended_at is not None:
        survivor, survivors_twin, duplicate, duplicates_twin = duplicate, duplicates_twin, survivor, survivors_twin
    pair = {"survivor_id": survivor, "duplicate_id": duplicate, "note": None, "by": CLERK, "if_match": None}
    if (await cases.load(session, complaint_id=survivor)).complaint.ended_at is None:
        await service.merge(session, confirmed=False, now=now, **pair)
        now += timedelta(hours=random.choice([0, 1, 60]))
        await fire_due_alerts(session, now=now)
        await service.unmerge(session, now=now, **pair)
    await fire_due_alerts(session, now=now)
    for one, twin in ((survivor, survivors_twin), (duplicate, duplicates_twin)):
        assert await shown(session, one, now=now) == await shown(session, twin, now=now)
        last, twins_last = (await staged_events(session, one))[-1].data, (await staged_events(session, twin))[-1].data
        for name in ("state", "breached", "within_target", "paused", "selling_suspended", "merged_into", "ended_at"):
            assert last[name] == twins_last[name], name
