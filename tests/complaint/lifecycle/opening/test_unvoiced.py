"""Unvoiced grievances are counted, not handled, until they are reported."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import CaseKind
from heed_complaint.lifecycle.acceptance import service as acceptance
from heed_complaint.lifecycle.merges import service as merges
from heed_complaint.lifecycle.merges.errors import SurvivorIsUnvoiced
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.opening.errors import KindIsSettled
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from heed_complaint.sla.service import fire_due_alerts
from heed_complaint.workforce.priority_queue import repository as queue
from heed_complaint.workforce.priority_queue.rules import QueueFilter
from tests.complaint.factories.complaints import CLERK, move, names, open_complaint, staged_events
from tests.conftest import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
pytestmark = pytest.mark.asyncio


async def recorded(session, **overrides):
    return await open_complaint(session, now=NOON, kind=CaseKind.UNVOICED_GRIEVANCE, **overrides)


async def amended(session, case, *, now=NOON, **changes):
    complaint = (await cases.load(session, complaint_id=case.complaint.id)).complaint
    return await service.update_complaint(
        session, complaint_id=complaint.id, changes=changes, by=CLERK, if_match=complaint.revision, now=now
    )


def states(case, now):
    return {clock.state(now) for clock in case.clocks.values()}


async def test_a_grievance_has_no_deadlines_and_does_not_suspend_selling(session):
    case = await recorded(session)
    assert states(case, NOON + 99 * DAY) == {"cancelled"}
    assert {clock.due_at for clock in case.clocks.values()} == {None}
    assert await fire_due_alerts(session, now=NOON + 99 * DAY) == 0
    case = await amended(session, case, severity="critical", now=NOON + DAY)
    assert states(case, NOON + 99 * DAY) == {"cancelled"}
    assert names(await staged_events(session)) == ["complaint.opened", "complaint.amended"]
    assert {event.data["selling_suspended"] for event in await staged_events(session)} == {False}
    assert {event.data["kind"] for event in await staged_events(session)} == {"unvoiced_grievance"}


async def test_a_grievance_is_not_handled_but_passed_on_or_found_to_be_a_mistake(session):
    case = await recorded(session)
    for action in set(Action) - {Action.REFER, Action.WITHDRAW}:
        with pytest.raises(TransitionNotAllowed) as refused:
            await move(session, case, action, now=NOON)
        assert refused.value.members == {"allowed": ["refer", "withdraw"]}
    case = await move(session, case, Action.REFER, now=NOON)
    with pytest.raises(TransitionNotAllowed) as refused:
        await move(session, case, Action.REOPEN, now=NOON)
    assert refused.value.members == {"allowed": []}


async def test_a_reported_grievance_is_received_then_and_its_clocks_run_from_there(session):
    customer = uuid4()
    case = await recorded(session, customer_id=customer, dispatch_received_at=NOON)
    fresh = await open_complaint(session, now=NOON + DAY, customer_id=customer)
    case = await amended(session, case, kind=CaseKind.COMPLAINT, now=NOON + DAY)
    assert (case.complaint.received_at, case.complaint.occurred_at) == (NOON + DAY, NOON)
    assert {milestone: clock.due_at for milestone, clock in case.clocks.items()} == {
        milestone: clock.due_at for milestone, clock in fresh.clocks.items()
    }
    event = (await staged_events(session, case.complaint.id))[-1].data
    assert event["selling_suspended"] is True
    assert event["changed"] == ["dispatch_received_at", "kind", "received_at"]
    assert (event["received_at"], event["breached"]) == ("2026-03-03T12:00:00Z", [])
    entry = (await service.list_history(session, complaint_id=case.complaint.id, after=0, limit=9))[-1]
    assert entry.before["received_at"] == "2026-03-02T12:00:00Z"
    case = await move(session, case, Action.ACCEPT, now=NOON + DAY)
    assert await fire_due_alerts(session, now=NOON + 2 * DAY) == 2


async def test_a_complaint_corrected_to_a_grievance_has_no_deadlines_any_more(session):
    case = await open_complaint(session, now=NOON)
    case = await amended(session, case, kind=CaseKind.UNVOICED_GRIEVANCE, now=NOON + HOUR / 2)
    assert states(case, NOON + 99 * DAY) == {"cancelled"}
    assert await fire_due_alerts(session, now=NOON + 99 * DAY) == 0
    assert (await staged_events(session))[-1].data["selling_suspended"] is False


async def test_a_grievance_waits_in_no_queue_until_it_is_reported(session):
    case = await recorded(session)
    filters = QueueFilter(confidential=True)
    assert await queue.list_ranks(session, filters, after=None, limit=9) == []
    case = await amended(session, case, kind=CaseKind.COMPLAINT)
    (place,) = await queue.list_ranks(session, filters, after=None, limit=9)
    assert place.complaint_id == case.complaint.id
    await amended(session, case, kind=CaseKind.UNVOICED_GRIEVANCE)
    assert await queue.list_ranks(session, filters, after=None, limit=9) == []


async def test_no_rule_of_acceptance_handles_a_grievance(session):
    every = {"field": "complaint.severity", "op": "known", "value": True}
    held = {"name": "all", "when": every, "outcome": "accept", "reason": None, "to": None, "tell": None}
    await acceptance.put_rules(session, documents=[held], if_match=1)
    assert (await open_complaint(session, now=NOON)).complaint.state == "accepted"
    assert (await recorded(session)).complaint.state == "received"


async def test_the_kind_of_a_handled_or_ended_complaint_does_not_change(session):
    handled = await open_complaint(session, now=NOON)
    await move(session, handled, Action.ACCEPT, now=NOON)
    ended = await recorded(session)
    await move(session, ended, Action.WITHDRAW, now=NOON)
    for case, kind in ((handled, CaseKind.UNVOICED_GRIEVANCE), (ended, CaseKind.COMPLAINT)):
        with pytest.raises(KindIsSettled):
            await amended(session, case, kind=kind)
    await amended(session, handled, kind=CaseKind.ENQUIRY)


def pair(survivor, duplicate):
    ids = {"survivor_id": survivor.complaint.id, "duplicate_id": duplicate.complaint.id}
    return ids | {"note": None, "by": CLERK, "if_match": None}


async def test_a_complaint_is_not_merged_into_an_unvoiced_grievance(session):
    customer = uuid4()
    grievance = await recorded(session, customer_id=customer, received_at=NOON - DAY)
    complaint = await open_complaint(session, now=NOON, customer_id=customer)
    with pytest.raises(SurvivorIsUnvoiced):
        await merges.merge(session, **pair(grievance, complaint), confirmed=False, now=NOON)
    merged = await merges.merge(session, **pair(complaint, grievance), confirmed=False, now=NOON)
    # It had not been reported before the complaint.
    assert merged.complaint.received_at == NOON


async def test_a_grievance_reported_after_a_merge_stays_received_then_after_an_unmerge(session):
    customer = uuid4()
    survivor, duplicate = [await recorded(session, customer_id=customer) for _ in range(2)]
    await merges.merge(session, **pair(survivor, duplicate), confirmed=False, now=NOON)
    await amended(session, survivor, kind=CaseKind.COMPLAINT, now=NOON + DAY)
    apart = await merges.unmerge(session, **pair(survivor, duplicate), now=NOON + DAY)
    assert apart.complaint.received_at == NOON + DAY
    assert states(apart, NOON + DAY) == {"running", "waiting"}
    assert states(await cases.load(session, complaint_id=duplicate.complaint.id), NOON + 9 * DAY) == {"cancelled"}


async def test_a_grievance_is_no_repeated_complaint(session):
    customer = {"customer_id": uuid4(), "product": "kettle"}
    for _ in range(3):
        case = await recorded(session, **customer)
    assert (case.complaint.repeat_number, case.complaint.escalation_level) == (1, 0)
    case = await amended(session, case, kind=CaseKind.COMPLAINT)
    assert case.complaint.repeat_number == 1
    assert (await open_complaint(session, now=NOON, description="Again", **customer)).complaint.repeat_number == 2
