"""Assignment: complaints find an owner and are handed over, and agents do not approve their own work."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from heed_complaint.core.errors import ComplaintEnded
from heed_complaint.core.tables import Complaint
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla.case import Case
from heed_complaint.workforce.assignment import service
from heed_complaint.workforce.assignment.errors import (
    AgentNotCleared,
    FourEyesNeeded,
)
from heed_complaint.workforce.assignment.rules import SuccessRate
from heed_complaint.workforce.four_eyes import FourEyes, PreviousHandlers, may_approve, may_call_back
from heed_complaint.workforce.staff.errors import UnknownAgent, UnknownQueue
from tests.complaint.factories.complaints import CLERK, names, open_complaint, staged_events, walk
from tests.complaint.factories.workforce import assign, make_agent, make_queue, move_as, set_desk
from tests.complaint.grouping.incidents.test_incidents import attach, incident, opened, transition_all
from tests.complaint.lifecycle.merges.test_merges import merge
from tests.conftest import NOON

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.asyncio


async def accepted(session, *, now=NOON, **overrides):
    return await walk(session, await open_complaint(session, now=now, **overrides), Action.ACCEPT, now=now)


async def the_assignments(session, case):
    return await service.list_assignments(session, complaint_id=case.complaint.id, after=0, limit=100)


async def test_an_accepted_complaint_is_assigned_automatically_with_the_reason(session):
    await make_agent(session, "ann", skills=["product"])
    await make_agent(session, "bob", skills=["billing"])
    case = await accepted(session)
    assert (case.complaint.owner, case.complaint.queue) == ("ann", "general")
    assert names(await staged_events(session)) == ["complaint.opened", "complaint.accepted", "complaint.assigned"]
    assigned = (await staged_events(session))[-1].data
    assert (assigned["owner"], assigned["queue"]) == ("ann", "general")
    (given,) = await the_assignments(session, case)
    assert given.by is None
    assert given.reason["skill"] == "category"
    assert given.reason["left_out"] == {"skill": 1}


async def test_without_an_eligible_agent_a_complaint_waits_in_its_queue_with_the_reason(session):
    await make_queue(session, "repairs", categories=["product"], place=1)
    await make_agent(session, "ann", present=False)
    case = await accepted(session)
    assert (case.complaint.owner, case.complaint.queue) == (None, "repairs")
    (given,) = await the_assignments(session, case)
    assert given.reason["left_out"] == {"absent": 1}


async def test_a_desk_without_agents_or_with_manual_assignment_assigns_nothing_automatically(session):
    assert (await accepted(session)).complaint.queue is None
    await make_agent(session, "ann")
    await set_desk(session, assigns_on_acceptance=False)
    assert (await accepted(session)).complaint.owner is None
    assert "complaint.assigned" not in names(await staged_events(session))


async def test_work_is_spread_until_every_agent_is_full_and_completed_work_does_not_count(session):
    for name in ("ann", "bob"):
        await make_agent(session, name, max_load=2)
    cases = [await accepted(session) for _ in range(5)]
    assert sorted(str(case.complaint.owner) for case in cases) == ["None", "ann", "ann", "bob", "bob"]
    await move_as(session, cases[0], "ann", Action.COMPLETE, now=NOON)
    assert (await accepted(session)).complaint.owner == cases[0].complaint.owner


async def test_a_reopened_complaint_stays_with_its_owner(session):
    await make_agent(session, "ann")
    case = await accepted(session)
    await make_agent(session, "bob")
    case = await walk(session, case, Action.COMPLETE, Action.REOPEN, now=NOON)
    assert case.complaint.owner == "ann"
    assert names(await staged_events(session)).count("complaint.assigned") == 1


async def test_agents_with_a_better_record_are_preferred_and_the_reason_shows_the_record(session):
    for name in ("ann", "bob"):
        await make_agent(session, name)
    for _ in range(5):
        good, bad = [await open_complaint(session, now=NOON) for _ in range(2)]
        await move_as(session, good, "bob", Action.ACCEPT, Action.COMPLETE, now=NOON)
        await move_as(session, bad, "ann", Action.ACCEPT, Action.COMPLETE, Action.REOPEN, now=NOON)
        await assign(session, bad, to_queue=True, now=NOON)
    case = await accepted(session)
    assert case.complaint.owner == "bob"
    (given,) = await the_assignments(session, case)
    assert given.reason["fixed_at_once"]["good"] == 5
    tally = await service.first_time_fixes(session, since=NOON, until=NOON + HOUR)
    assert tally == SuccessRate(5, 10)


async def test_a_hand_over_is_in_the_history_with_its_note_and_is_counted(session):
    for name in ("ann", "bob"):
        await make_agent(session, name)
    case = await open_complaint(session, now=NOON)
    await assign(session, case, owner="ann", now=NOON, reason="Knows the customer")
    given = await assign(session, case, owner="bob", now=NOON, note="Waits for the spare part")
    assert given.hand_overs == 1
    assert given.assignment.previous_owner == "ann"
    first, second = await the_assignments(session, case)
    assert first.reason == {"by": "caller", "text": "Knows the customer"}
    assert second.note == "Waits for the spare part"
    history = await complaints.list_history(session, complaint_id=case.complaint.id, after=0, limit=10)
    assert [(entry.action, entry.actor) for entry in history] == [
        ("open", CLERK),
        ("assign", CLERK),
        ("assign", CLERK),
    ]
    assert history[2].before == {"owner": "ann", "queue": None}
    assert history[2].after == {"owner": "bob", "queue": None}


async def test_without_a_name_the_rule_decides_and_null_returns_it_to_the_queue(session):
    await make_agent(session, "ann")
    case = await open_complaint(session, now=NOON)
    assert (await assign(session, case, now=NOON)).assignment.owner == "ann"
    back = (await assign(session, case, to_queue=True, now=NOON)).assignment
    assert (back.owner, back.queue) == (None, "general")


async def test_only_whom_and_what_the_desk_knows_can_be_named(session):
    case = await open_complaint(session, now=NOON)
    with pytest.raises(UnknownAgent):
        await assign(session, case, owner="stranger", now=NOON)
    with pytest.raises(UnknownQueue):
        await assign(session, case, queue="nowhere", now=NOON)


async def test_a_confidential_complaint_goes_only_to_who_handles_such(session):
    await make_agent(session, "ann")
    case = await accepted(session, confidential=True)
    assert case.complaint.owner is None
    with pytest.raises(AgentNotCleared):
        await assign(session, case, owner="ann", now=NOON)
    await make_agent(session, "eve", handles_confidential=True)
    assert (await assign(session, case, now=NOON)).assignment.owner == "eve"


async def test_an_ended_complaint_is_not_assigned(session):
    await make_agent(session, "ann")
    case = await walk(session, await open_complaint(session, now=NOON), Action.WITHDRAW, now=NOON)
    with pytest.raises(ComplaintEnded):
        await assign(session, case, now=NOON)


async def test_all_that_an_absent_agent_has_goes_to_others_in_one_call(session):
    await make_agent(session, "ann", max_load=50, handles_confidential=True)
    cases = [await accepted(session) for _ in range(5)]
    secret = await accepted(session, confidential=True)
    closed = await walk(session, await accepted(session), Action.WITHDRAW, now=NOON)
    await make_agent(session, "bob", max_load=3)
    await make_agent(session, "cyd", max_load=1)
    handover = {"agent_id": "ann", "to": None, "note": "On leave", "by": CLERK, "now": NOON}
    done = await service.reassign_all(session, confidential=False, **handover)
    assert (done.given, done.waiting, done.more) == (4, 1, False)
    owners = [case.complaint.owner for case in cases]
    assert sorted(map(str, owners)) == ["None", "bob", "bob", "bob", "cyd"]
    assert (secret.complaint.owner, closed.complaint.owner) == ("ann", "ann")
    done = await service.reassign_all(session, confidential=True, **(handover | {"to": "bob"}))
    assert (done.given, done.waiting) == (0, 1)
    assert secret.complaint.owner is None


async def test_the_owner_and_the_agent_who_completed_do_not_call_back(session):
    for name in ("ann", "bob"):
        await make_agent(session, name)
    case = await assign(session, await open_complaint(session, now=NOON), owner="ann", now=NOON)
    case = await move_as(session, case.case, "bob", Action.ACCEPT, Action.COMPLETE, now=NOON)
    for by in ("ann", "bob"):
        with pytest.raises(FourEyesNeeded):
            await move_as(session, case, by, Action.CALL_BACK, now=NOON)
    case = await move_as(session, case, "cyd", Action.CALL_BACK, now=NOON)
    assert case.complaint.state == "called_back"


async def test_who_completed_a_duplicate_of_a_duplicate_does_not_call_back_either(session):
    await set_desk(session, four_eyes="everybody")
    handled = [await open_complaint(session, now=NOON) for _ in range(3)]
    for case, by in zip(handled, ("ann", "bob", "cyd"), strict=True):
        await move_as(session, case, by, Action.ACCEPT, Action.COMPLETE, now=NOON)
    for survivor, duplicate in ((handled[1], handled[2]), (handled[0], handled[1])):
        await merge(session, survivor, duplicate, confirmed=True)
    for by in ("ann", "bob", "cyd"):
        with pytest.raises(FourEyesNeeded):
            await move_as(session, handled[0], by, Action.CALL_BACK, now=NOON)
    case = await move_as(session, handled[0], "dan", Action.CALL_BACK, now=NOON)
    assert case.complaint.state == "called_back"


async def test_the_operator_decides_for_whom_four_eyes_are_needed(session):
    case = await open_complaint(session, now=NOON)
    case = await move_as(session, case, "a programme", Action.ACCEPT, Action.COMPLETE, now=NOON)
    await set_desk(session, four_eyes="everybody")
    with pytest.raises(FourEyesNeeded):
        await move_as(session, case, "a programme", Action.CALL_BACK, now=NOON)
    await set_desk(session, four_eyes="agents")
    await move_as(session, case, "a programme", Action.CALL_BACK, now=NOON)


async def test_handlers_and_requesters_do_not_approve():
    handlers = PreviousHandlers("ann", frozenset({"bob", "robot"}), frozenset({"bob"}))
    for rule in (FourEyes.AGENTS, FourEyes.EVERYBODY):
        assert not any(may_approve(who, handlers, rule, requested_by="robot") for who in ("ann", "bob", "robot"))
        assert may_approve("cyd", handlers, rule, requested_by="robot")
    assert may_call_back("robot", handlers, FourEyes.AGENTS)
    assert not may_call_back("robot", handlers, FourEyes.EVERYBODY)
    assert may_call_back("ann", handlers, FourEyes.OFF)


@pytest.mark.slow
async def test_complaints_that_come_at_once_do_not_overload_the_last_free_hand(complaint_database):
    async with complaint_database.transaction() as session:
        await make_agent(session, "ann", max_load=3)
        cases = [await open_complaint(session, now=NOON) for _ in range(8)]

    async def accept(case):
        async with complaint_database.transaction() as session:
            await walk(session, case, Action.ACCEPT, now=NOON)

    await asyncio.gather(*(accept(case) for case in cases))
    async with complaint_database.transaction() as session:
        owned = await session.scalar(select(func.count()).where(Complaint.owner == "ann"))
    assert owned == 3


@pytest.mark.slow
async def test_who_accepts_many_and_who_accepts_one_of_them_both_come_to_an_end(complaint_database):
    """Each accepted complaint is assigned, one at a time; so the locks of all of them are taken before."""
    async with complaint_database.transaction() as session:
        await make_agent(session, "ann", max_load=100)
        about = await incident(session)
        ids = [await opened(session) for _ in range(6)]
        await attach(session, about, *ids)

    async def accept_all():
        async with complaint_database.transaction() as session:
            await transition_all(session, about, Action.ACCEPT)

    async def accept(complaint_id):
        async with complaint_database.transaction() as session:
            case = Case(await session.get_one(Complaint, complaint_id), {})
            with suppress(TransitionNotAllowed):
                await walk(session, case, Action.ACCEPT, now=NOON)

    await asyncio.gather(accept_all(), *(accept(complaint_id) for complaint_id in reversed(ids)))
    async with complaint_database.transaction() as session:
        assert await session.scalar(select(func.count()).where(Complaint.owner == "ann")) == 6
