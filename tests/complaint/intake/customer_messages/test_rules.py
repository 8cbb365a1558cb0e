"""The effect of a customer's message by state and policy, and its restore from events."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import ComplaintMessageReceived, ComplaintStatus, MessageChannel
from heed_common.recovery import Published, RecoveryOutcome
from heed_complaint.core.rules import ENDED
from heed_complaint.intake.customer_messages.rules import Effect, effect_of_message
from heed_complaint.lifecycle.transitions.rules import PAUSABLE
from heed_complaint.recovery import recover
from heed_complaint.resolution.callback_answers import repository
from heed_complaint.resolution.callback_answers.rules import (
    REOPENABLE,
    CallbackPolicy,
    Consequence,
    DetractorAction,
    NoAnswerAction,
)
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.factories.events import received
from tests.conftest import NOON

DAYS = st.integers(0, 60).map(lambda days: timedelta(days=days))
POLICIES = st.builds(
    CallbackPolicy,
    on_unsolved=st.just(Consequence.REOPEN),
    on_lowest_rating=st.just(Consequence.REOPEN),
    on_unpleasant=st.just(Consequence.NOTHING),
    escalate_to=st.just("supervisor"),
    on_no_answer=st.sampled_from(NoAnswerAction),
    no_answer_after=DAYS,
    on_detractor=st.sampled_from(DetractorAction),
    on_message_after_completion=st.sampled_from(Consequence),
    reopen_within=DAYS,
)


def effect(state, policy, *, since=timedelta(), paused=False, unanswered=False):
    ended_at = NOON - since if state in ENDED else None
    return effect_of_message(state, policy, paused=paused, unanswered=unanswered, ended_at=ended_at, now=NOON)


@given(st.sampled_from(sorted(ENDED)), POLICIES, DAYS)
def test_a_message_after_the_reopening_period_opens_a_follow_up(state, policy, since):
    assert (effect(state, policy, since=since) is Effect.FOLLOW_UP) == (since >= policy.reopen_within)


@given(st.sampled_from(sorted(set(ComplaintStatus) - REOPENABLE)), POLICIES)
def test_only_resolved_complaints_are_reopened_or_escalated(state, policy):
    within = replace(policy, reopen_within=timedelta(days=1))
    assert effect(state, within) is Effect.NONE


@given(st.sampled_from(sorted(PAUSABLE)), POLICIES, st.booleans())
def test_a_message_ends_the_pause_under_any_policy(state, policy, unanswered):
    assert effect(state, policy, paused=True, unanswered=unanswered) is Effect.RESUME


@given(POLICIES)
def test_a_second_unanswered_message_does_not_escalate_again(policy):
    escalates = replace(policy, on_message_after_completion=Consequence.ESCALATE)
    assert effect(ComplaintStatus.COMPLETED, escalates) is Effect.ESCALATE
    assert effect(ComplaintStatus.COMPLETED, escalates, unanswered=True) is Effect.NONE


@pytest.mark.asyncio
async def test_the_default_policy_reopens_for_thirty_days(session):
    policy = await repository.load_policy(session)
    assert (policy.on_message_after_completion, policy.reopen_within) == (Consequence.REOPEN, timedelta(days=30))


@pytest.mark.asyncio
@pytest.mark.parametrize("in_backup", [True, False])
async def test_an_unanswered_message_survives_a_restore(session, in_backup):
    case = await open_complaint(session, now=NOON)
    complaint = case.complaint
    complaint_id = complaint.id if in_backup else uuid4()
    event = ComplaintMessageReceived(
        occurred_at=NOON,
        complaint_id=complaint_id,
        customer_id=complaint.customer_id,
        severity=complaint.severity,
        state=complaint.state,
        category=complaint.category,
        opened_at=NOON,
        received_at=NOON,
        message_id=uuid4(),
        channel=MessageChannel.MAIL,
    )
    published = Published([received(event, aggversion=9)], epoch=0, currency="USD")
    (finding,) = await recover(session, published, NOON + timedelta(hours=1))
    assert finding.outcome is (RecoveryOutcome.TAKEN_BACK if in_backup else RecoveryOutcome.LOST)
    restored = await session.get(type(complaint), complaint_id)
    assert (restored.customer_wrote_at, restored.version > 9) == (NOON, True)
