"""Responses to call-backs, and what follows without one."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from heed_common import inbox
from heed_common.contracts.complaint import ComplaintStatus
from heed_common.contracts.survey import DetractorFound, DissatisfactionFound
from heed_complaint.core.tables import Complaint, HistoryEntry
from heed_complaint.handlers import with_default_currency
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.resolution.callback_answers import repository, rules, service
from heed_complaint.resolution.callback_answers.rules import CallbackAnswer, Consequence, NoAnswerAction
from heed_complaint.sla import case as cases
from tests.complaint.factories.complaints import move, names, open_complaint, staged_events, walk
from tests.complaint.factories.events import make_answer, make_registration, received, take_in
from tests.conftest import NOON
from tests.scoring.factories import make_merge

DAY = timedelta(days=1)
FORTNIGHT = timedelta(days=14)
pytestmark = pytest.mark.asyncio


async def completed(session, *then, now=NOON):
    case = await open_complaint(session, now=now)
    return await walk(session, case, Action.ACCEPT, Action.COMPLETE, *then, now=now)


async def events_after(session, case, answer, *, now=NOON):
    """Return the names of the events that the response caused."""
    before = len(await staged_events(session, case.complaint.id))
    await take_in(session, answer, now=now)
    await session.refresh(case.complaint)
    return names((await staged_events(session, case.complaint.id))[before:])


async def configure(session, **columns):
    row = await repository.get_policy_row(session)
    await service.put_policy(session, columns=columns, if_match=row.revision)


async def test_a_positive_response_records_the_call_back(session):
    case = await completed(session)
    assert await events_after(session, case, make_answer(case.complaint.id, level=5)) == ["complaint.called_back"]
    assert (case.complaint.state, case.complaint.solved, case.complaint.pleasant) == ("called_back", True, True)


@pytest.mark.parametrize("low", [{"solved": False}, {"solved": False, "level": 5}, {"level": 1}])
async def test_an_unsolved_or_lowest_response_reopens_the_complaint(session, low):
    case = await completed(session)
    events = await events_after(session, case, make_answer(case.complaint.id, **low))
    assert events[:2] == ["complaint.called_back", "complaint.reopened"]
    assert case.complaint.state == "accepted"
    assert (await session.scalars(select(Complaint))).all() == [case.complaint]


async def test_an_unpleasant_response_escalates_to_the_supervisor(session):
    case = await completed(session)
    events = await events_after(session, case, make_answer(case.complaint.id, level=2))
    assert events == ["complaint.called_back", "sla.escalated"]
    assert (case.complaint.state, case.complaint.escalation_level) == ("called_back", 1)
    assert (await staged_events(session, case.complaint.id))[-1].data["to"] == "supervisor"


async def test_a_low_response_after_the_closing_reopens_and_a_good_one_does_not(session):
    for solved, state in ((False, "accepted"), (True, "closed")):
        case = await completed(session, Action.CLOSE)
        await events_after(session, case, make_answer(case.complaint.id, solved=solved))
        assert case.complaint.state == state


async def test_a_response_about_a_reopened_or_withdrawn_complaint_changes_nothing(session):
    reopened = await completed(session, Action.REOPEN)
    withdrawn = await walk(session, await open_complaint(session, now=NOON), Action.WITHDRAW, now=NOON)
    for case in (reopened, withdrawn):
        assert await events_after(session, case, make_answer(case.complaint.id, solved=False)) == []


async def test_an_earlier_call_back_by_an_agent_does_not_stop_the_reopening(session):
    case = await completed(session)
    await move(session, case, Action.CALL_BACK, solved=True, now=NOON)
    assert (await events_after(session, case, make_answer(case.complaint.id, solved=False)))[0] == "complaint.reopened"


async def test_each_response_counts_once_in_any_batch(session):
    first, second = await completed(session), await completed(session)
    await take_in(
        session,
        make_answer(second.complaint.id, solved=False),
        make_answer(first.complaint.id, solved=False),
        make_answer(first.complaint.id, solved=False),
        make_answer(uuid4(), solved=False),
        make_answer(None, solved=None),
    )
    for case in (first, second):
        assert names(await staged_events(session, case.complaint.id)).count("complaint.reopened") == 1


async def test_the_operator_can_configure_the_consequences(session):
    await configure(
        session,
        on_unsolved="escalate",
        on_lowest_rating="nothing",
        on_unpleasant="nothing",
        escalate_to="director",
    )
    case = await completed(session)
    assert await events_after(session, case, make_answer(case.complaint.id, level=1)) == ["complaint.called_back"]
    case = await completed(session)
    assert "sla.escalated" in await events_after(session, case, make_answer(case.complaint.id, solved=False))
    assert (await staged_events(session, case.complaint.id))[-1].data["to"] == "director"


@pytest.mark.parametrize(("action", "state"), [("close", "closed"), ("reopen", "accepted"), ("nothing", "completed")])
async def test_unanswered_complaints_are_closed_or_reopened_by_policy_after_their_time(session, action, state):
    await configure(session, on_no_answer=action)
    case = await completed(session)
    await service.close_or_reopen_unanswered(session, now=NOON + FORTNIGHT - timedelta(microseconds=1))
    assert case.complaint.state == "completed"
    await service.close_or_reopen_unanswered(session, now=NOON + FORTNIGHT)
    await session.refresh(case.complaint)
    assert case.complaint.state == state
    assert await service.close_or_reopen_unanswered(session, now=NOON + FORTNIGHT) == 0


async def test_solved_complaints_are_closed_in_time_and_unsolved_ones_left_to_agents(session):
    await configure(session, on_unsolved="nothing", on_no_answer="reopen")
    solved, unsolved = await completed(session), await completed(session)
    await take_in(session, make_answer(solved.complaint.id), make_answer(unsolved.complaint.id, solved=False))
    await service.close_or_reopen_unanswered(session, now=NOON + FORTNIGHT)
    found = [(await cases.lock(session, case.complaint.id)).complaint.state for case in (solved, unsolved)]
    assert found == ["closed", "called_back"]


async def test_a_detractor_gets_one_complaint(session):
    found = DetractorFound(
        occurred_at=NOON + timedelta(minutes=4),
        survey_id=uuid4(),
        survey_version=1,
        response_id=uuid4(),
        customer_id=uuid4(),
        score=2,
        lowest=0,
        highest=10,
    )
    await take_in(session, found, found)
    await take_in(session, found)
    complaint = (await session.scalars(select(Complaint))).one()
    assert (complaint.customer_id, complaint.external_id) == (found.customer_id, f"detractor:{found.response_id}")
    assert (complaint.kind, complaint.channel, complaint.state) == ("complaint", "other", "received")
    assert complaint.currency == "USD"
    assert "2 (0-10)" in complaint.description


def make_dissatisfaction(**overrides):
    values = {
        "occurred_at": NOON,
        "survey_id": uuid4(),
        "survey_version": 1,
        "response_id": uuid4(),
        "customer_id": uuid4(),
        "matter": "delivery",
        "policy": "low",
    }
    return DissatisfactionFound(**values | overrides)


async def test_a_low_answer_gets_one_complaint_about_its_matter(session):
    found = make_dissatisfaction()
    await take_in(session, found, found)
    await take_in(session, found)
    complaint = (await session.scalars(select(Complaint))).one()
    assert (complaint.category, complaint.customer_id) == ("delivery", found.customer_id)
    assert complaint.external_id == f"response:{found.response_id}:delivery"


async def test_a_low_answer_about_a_matter_in_hand_is_attached_to_it_and_one_about_another_is_not(session):
    first = make_dissatisfaction()
    second = make_dissatisfaction(customer_id=first.customer_id, occurred_at=NOON + timedelta(minutes=1))
    other = make_dissatisfaction(customer_id=first.customer_id, matter="billing")
    await take_in(session, first, second, second, other)
    complaints = (await session.scalars(select(Complaint).order_by(Complaint.category))).all()
    assert [complaint.category for complaint in complaints] == ["billing", "delivery"]
    attached = (await session.scalars(select(HistoryEntry).where(HistoryEntry.action == "detractor"))).all()
    assert [entry.after["response_id"] for entry in attached] == [str(second.response_id)]


async def test_a_detractor_whose_answer_also_fulfils_a_policy_has_one_complaint(session):
    found = make_dissatisfaction()
    common = {name: getattr(found, name) for name in ("survey_id", "survey_version", "response_id", "customer_id")}
    detractor = DetractorFound(occurred_at=NOON, score=2, lowest=0, highest=10, **common)
    await take_in(session, detractor, found)
    await take_in(session, detractor, found)
    assert len((await session.scalars(select(Complaint))).all()) == 1


async def test_low_answers_of_merged_customers_count_once(session):
    survivor, duplicate = uuid4(), uuid4()
    await take_in(session, make_registration(survivor), make_registration(duplicate))
    await take_in(session, make_merge(duplicate, survivor))
    await take_in(session, make_dissatisfaction(customer_id=survivor), make_dissatisfaction(customer_id=duplicate))
    assert len((await session.scalars(select(Complaint))).all()) == 1


async def test_low_answers_open_nothing_if_the_policy_is_nothing(session):
    await configure(session, on_detractor="nothing")
    await take_in(session, make_dissatisfaction())
    assert (await session.scalars(select(Complaint))).all() == []


async def test_complaints_of_detractors_have_the_default_currency(session):
    found = DetractorFound(
        occurred_at=NOON,
        survey_id=uuid4(),
        survey_version=1,
        response_id=uuid4(),
        customer_id=uuid4(),
        score=2,
        lowest=0,
        highest=10,
    )
    await inbox.build_batch_handler(with_default_currency("CNY"))(session, [received(found)], NOON)
    assert (await session.scalars(select(Complaint.currency))).one() == "CNY"


async def test_detractors_open_nothing_if_the_policy_is_nothing(session):
    await configure(session, on_detractor="nothing")
    found = DetractorFound(
        occurred_at=NOON,
        survey_id=uuid4(),
        survey_version=1,
        response_id=uuid4(),
        customer_id=uuid4(),
        score=2,
        lowest=0,
        highest=10,
    )
    await take_in(session, found)
    assert (await session.scalars(select(Complaint))).all() == []


POLICY = {
    "unsolved": "escalate",
    "lowest": "reopen",
    "unpleasant": "nothing",
    "escalate_to": "quality",
    "unanswered": "reopen",
    "unanswered_after_days": 3,
    "detractor": "nothing",
    "message_after_completion": "escalate",
    "reopen_within_days": 0,
}


async def test_the_policy_is_read_and_changed_with_its_etag(client):
    path = "/v1/complaints/callback-policy"
    before = await client.get(path)
    assert before.json()["unanswered_after_days"] == 14
    assert (await client.put(path, json=POLICY)).status_code == 428
    changed = await client.put(path, json=POLICY, headers={"If-Match": before.headers["ETag"]})
    assert (changed.status_code, changed.json()) == (200, POLICY)
    assert (await client.get(path)).json() == POLICY
    stale = await client.put(path, json=POLICY, headers={"If-Match": before.headers["ETag"]})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"unsolved": "shout"}, "/unsolved"),
        ({"unanswered": "escalate"}, "/unanswered"),
        ({"unanswered_after_days": 0}, "/unanswered_after_days"),
        ({"unanswered_after_days": 366}, "/unanswered_after_days"),
        ({"unanswered_after_days": "3"}, "/unanswered_after_days"),
        ({"escalate_to": ""}, "/escalate_to"),
        ({"message_after_completion": "close"}, "/message_after_completion"),
        ({"reopen_within_days": -1}, "/reopen_within_days"),
        ({"mood": 1}, "/mood"),
    ],
)
async def test_an_invalid_policy_is_refused_with_a_pointer(client, wrong, pointer):
    answer = await client.put("/v1/complaints/callback-policy", json=POLICY | wrong, headers={"If-Match": '"1"'})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("state", ComplaintStatus)
async def test_only_resolved_and_solved_complaints_are_closed_by_time(state):
    policy = rules.CallbackPolicy(
        *(Consequence.NOTHING,) * 3, "nobody", NoAnswerAction.CLOSE, FORTNIGHT, rules.DetractorAction.OPEN
    )
    closed = rules.action_when_unanswered(state, solved=True, policy=policy) is NoAnswerAction.CLOSE
    assert closed == (state in {"completed", "confirmed", "called_back"})
    assert rules.follow_up_actions(state, CallbackAnswer(True, True, False), policy).reopen is False
