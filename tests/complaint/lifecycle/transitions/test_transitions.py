"""Moving complaints, below the HTTP API."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import ComplaintStatus, Milestone
from heed_common.errors import PreconditionFailed
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.lifecycle.transitions import service
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.taxonomies.errors import UnknownCause, UnknownResponsibility
from tests.complaint.factories.complaints import CLERK, make_move, move, names, open_complaint, staged_events, walk
from tests.conftest import NOON

HOUR = timedelta(hours=1)
TO_COMPLETED = (Action.ACCEPT, Action.CONTACT, Action.COMMIT, Action.COMPLETE)
pytestmark = pytest.mark.asyncio


async def test_the_five_cs_one_after_the_other(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, *TO_COMPLETED, Action.CONFIRM, Action.CALL_BACK, Action.CLOSE, now=NOON + HOUR / 2)
    assert names(await staged_events(session)) == [
        "complaint.opened",
        "complaint.accepted",
        "complaint.contacted",
        "complaint.committed",
        "complaint.promise_kept",
        "complaint.completed",
        "complaint.confirmed",
        "complaint.called_back",
        "complaint.closed",
    ]
    assert case.complaint.state == ComplaintStatus.CLOSED
    assert {clock.state(NOON + HOUR) for clock in case.clocks.values()} == {"met"}


async def test_versions_of_the_events_rise_by_one(session):
    case = await open_complaint(session, now=NOON, received_at=NOON - 100 * HOUR)
    await walk(session, case, *TO_COMPLETED, Action.CALL_BACK, now=NOON + 100 * HOUR)
    assert [envelope.aggversion for envelope in await staged_events(session)] == list(range(1, 11))


async def test_a_move_that_is_not_allowed_is_refused_with_those_that_are(session):
    case = await open_complaint(session, now=NOON)
    with pytest.raises(TransitionNotAllowed) as refused:
        await move(session, case, Action.COMPLETE, now=NOON)
    assert refused.value.members == {"allowed": ["accept", "decline", "refer", "withdraw"]}
    assert len(await staged_events(session)) == 1


async def test_a_resolution_in_time_is_published_as_within_target(session):
    case = await open_complaint(session, now=NOON)
    await walk(session, case, *TO_COMPLETED, now=NOON + 48 * HOUR)
    completed = (await staged_events(session))[-1].data
    assert completed["within_target"] is True
    assert completed["completed_at"] == "2026-03-04T12:00:00Z"


async def test_a_step_that_comes_too_late_publishes_the_breach_before_itself(session):
    case = await open_complaint(session, now=NOON)
    await walk(session, case, Action.ACCEPT, Action.CONTACT, Action.COMMIT, now=NOON)
    await move(session, case, Action.COMPLETE, now=NOON + 49 * HOUR)
    breached, broken, completed = (await staged_events(session))[-3:]
    assert names([breached, broken, completed]) == ["sla.breached", "complaint.promise_broken", "complaint.completed"]
    assert breached.data["state"] == "committed"
    assert breached.data["due_at"] == breached.data["occurred_at"] == "2026-03-04T12:00:00Z"
    assert completed.data["within_target"] is False
    assert completed.data["breached"] == ["resolution"]


async def test_completing_a_complaint_that_waits_for_the_customer_ends_the_pause_and_counts_it(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, Action.ACCEPT, Action.CONTACT, Action.COMMIT, now=NOON)
    case = await move(session, case, Action.WAIT_FOR_CUSTOMER, now=NOON + 47 * HOUR)
    assert (await staged_events(session))[-1].data["paused"] is True
    case = await move(session, case, Action.COMPLETE, now=NOON + 500 * HOUR)
    assert case.complaint.paused is False
    completed = (await staged_events(session))[-1]
    assert names([completed]) == ["complaint.completed"]
    assert (completed.data["within_target"], completed.data["paused"]) == (True, False)


async def test_a_complaint_waits_once_and_resumes_once(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, Action.ACCEPT, Action.WAIT_FOR_CUSTOMER, now=NOON)
    with pytest.raises(TransitionNotAllowed) as refused:
        await move(session, case, Action.WAIT_FOR_CUSTOMER, now=NOON)
    assert "resume" in refused.value.members["allowed"]
    case = await move(session, case, Action.RESUME, now=NOON + HOUR)
    assert case.clocks[Milestone.RESOLUTION].due_at == NOON + 49 * HOUR
    with pytest.raises(TransitionNotAllowed):
        await move(session, case, Action.RESUME, now=NOON + HOUR)


async def test_a_result_that_the_customer_refuses_is_published_as_reopened(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, *TO_COMPLETED, now=NOON)
    case = await move(session, case, Action.CONFIRM, now=NOON + HOUR, accepted=False)
    assert case.complaint.state == ComplaintStatus.ACCEPTED
    reopened = (await staged_events(session))[-1]
    assert names([reopened]) == ["complaint.reopened"]
    assert reopened.data["completed_at"] is None
    assert reopened.data["within_target"] is None


async def test_a_call_back_publishes_that_the_problem_is_not_solved(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, *TO_COMPLETED, now=NOON)
    case = await move(session, case, Action.CALL_BACK, now=NOON + HOUR, solved=False, pleasant=True)
    called = (await staged_events(session))[-1]
    assert (called.data["state"], called.data["solved"], called.data["pleasant"]) == ("called_back", False, True)
    case = await move(session, case, Action.REOPEN, now=NOON + 2 * HOUR)
    assert (case.complaint.state, case.complaint.solved) == ("accepted", None)


async def test_a_customer_who_was_not_reached_is_called_again(session):
    case = await open_complaint(session, now=NOON)
    case = await walk(session, case, *TO_COMPLETED, now=NOON)
    case = await move(session, case, Action.CALL_BACK, now=NOON + HOUR, solved=None, pleasant=None)
    assert case.complaint.state == ComplaintStatus.COMPLETED
    assert case.clocks[Milestone.CALL_BACK].state(NOON + HOUR) == "running"
    case = await move(session, case, Action.CALL_BACK, now=NOON + 2 * HOUR)
    assert case.clocks[Milestone.CALL_BACK].state(NOON + 2 * HOUR) == "met"
    assert names(await staged_events(session))[-2:] == ["complaint.called_back"] * 2


async def test_the_end_is_dated_and_a_reopening_takes_the_date_away(session):
    case = await open_complaint(session, now=NOON)
    case = await move(session, case, Action.REFER, now=NOON + HOUR / 2)
    assert (await staged_events(session))[-1].data["ended_at"] == "2026-03-02T12:30:00Z"
    case = await move(session, case, Action.REOPEN, now=NOON + HOUR)
    assert (await staged_events(session))[-1].data["ended_at"] is None
    assert case.clocks[Milestone.FIRST_CONTACT].due_at == NOON + 1.5 * HOUR


async def test_of_two_agents_who_saw_the_same_complaint_one_moves_it(session):
    case = await open_complaint(session, now=NOON)
    seen = case.complaint.revision
    given = {"complaint_id": case.complaint.id, "by": CLERK, "if_match": seen, "now": NOON}
    await service.transition(session, step=make_move(Action.ACCEPT), **given)
    with pytest.raises(PreconditionFailed):
        await service.transition(session, step=make_move(Action.CONTACT), **given)


async def test_causes_and_responsibilities_come_from_the_taxonomies(session):
    case = await open_complaint(session, now=NOON)
    case = await move(session, case, Action.ACCEPT, now=NOON)
    with pytest.raises(UnknownCause):
        await move(session, case, Action.COMPLETE, now=NOON, cause="bad_luck")
    with pytest.raises(UnknownResponsibility):
        await move(session, case, Action.COMPLETE, now=NOON, responsibility="nobody")
    case = await move(session, case, Action.COMPLETE, now=NOON)
    assert (case.complaint.cause, case.complaint.responsibility) == ("misuse", "supplier")


async def test_what_is_not_there_cannot_be_moved(session):
    with pytest.raises(ComplaintNotFound):
        await service.transition(
            session, complaint_id=uuid4(), step=make_move(Action.ACCEPT), by=CLERK, if_match=None, now=NOON
        )
