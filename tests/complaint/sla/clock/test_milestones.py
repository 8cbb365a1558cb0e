"""What happens to the clocks as a complaint moves on, and what counts as late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import milestones
from heed_complaint.sla.clock.clock import ClockState
from heed_complaint.sla.clock.plan import EscalationStep, OnReopen, PolicyKey
from tests.complaint.factories.sla import ALWAYS, DAY, HOUR, make_plan

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
moments = st.integers(0, 20 * 86400 * 10**6).map(lambda us: NOON + timedelta(microseconds=us))


def new_clocks(plan=None, **dispatched):
    return milestones.opened(plan or make_plan(), **({"received_at": NOON, "dispatch_received_at": None} | dispatched))


def due(clocks, milestone):
    return clocks[milestone].due_at


def breached(clocks, now):
    return milestones.breached(milestones.evaluate(clocks, now=now))


def within_target(clocks, now):
    return milestones.within_target(milestones.evaluate(clocks, now=now))


def reopened(clocks, at, how=OnReopen.CONTINUE):
    return milestones.reopened(clocks, at, how=how)


def test_contact_and_commitment_and_resolution_count_from_the_receipt():
    clocks = new_clocks()
    assert due(clocks, Milestone.FIRST_CONTACT) == NOON + HOUR
    assert due(clocks, Milestone.COMMITMENT) == NOON + 4 * HOUR
    assert due(clocks, Milestone.RESOLUTION) == NOON + 48 * HOUR


def test_a_dispatched_complaint_is_contacted_from_the_order_on():
    clocks = new_clocks(dispatch_received_at=NOON + 2 * HOUR)
    assert due(clocks, Milestone.FIRST_CONTACT) == NOON + 3 * HOUR
    assert due(clocks, Milestone.COMMITMENT) == NOON + 4 * HOUR


def test_the_call_back_is_due_from_the_completion_on():
    clocks = new_clocks()
    assert clocks[Milestone.CALL_BACK].state(NOON) is ClockState.WAITING
    assert due(clocks, Milestone.CALL_BACK) is None
    assert due(milestones.completed(clocks, NOON + HOUR), Milestone.CALL_BACK) == NOON + HOUR + 3 * DAY


def test_resolved_at_the_very_deadline_is_in_time_and_a_microsecond_later_is_not():
    deadline = due(new_clocks(), Milestone.RESOLUTION)
    for at, in_time in ((deadline, True), (deadline + MICROSECOND, False)):
        clocks = milestones.completed(new_clocks(), at)
        assert within_target(clocks, at) is in_time
        assert (Milestone.RESOLUTION in breached(clocks, at)) is not in_time


def test_whether_it_is_in_time_is_unknown_while_there_is_time():
    assert within_target(new_clocks(), NOON + HOUR) is None


@given(st.lists(moments, min_size=3, max_size=3, unique=True).map(sorted))
def test_the_time_that_we_wait_for_the_customer_is_added_to_the_deadline(order):
    paused_at, resumed_at, done = order
    clocks = milestones.resumed(milestones.paused(new_clocks(make_plan(resolution=90 * DAY)), paused_at), resumed_at)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 90 * DAY + (resumed_at - paused_at)
    assert clocks[Milestone.RESOLUTION].consumed(done) == (paused_at - NOON) + (done - resumed_at)


def test_while_we_wait_for_the_customer_there_is_no_deadline_and_nothing_gets_late():
    clocks, later = milestones.paused(new_clocks(), NOON + HOUR), NOON + 1000 * HOUR
    assert clocks[Milestone.RESOLUTION].state(later) is ClockState.PAUSED
    assert due(clocks, Milestone.RESOLUTION) is None
    assert clocks[Milestone.RESOLUTION].consumed(later) == HOUR


def test_contact_and_commitment_do_not_wait_for_the_customer():
    assert breached(milestones.paused(new_clocks(), NOON), NOON + 5 * HOUR) == (
        Milestone.FIRST_CONTACT,
        Milestone.COMMITMENT,
    )


def test_resolving_it_while_waiting_for_the_customer_counts_the_pause():
    clocks = milestones.completed(milestones.paused(new_clocks(), NOON + HOUR), NOON + 500 * HOUR)
    assert within_target(clocks, NOON + 501 * HOUR) is True
    assert clocks[Milestone.RESOLUTION].consumed(NOON + 501 * HOUR) == HOUR


def test_a_pause_survives_a_change_of_the_plan():
    paused = milestones.resumed(milestones.paused(new_clocks(), NOON + HOUR), NOON + 11 * HOUR)
    clocks = milestones.replanned(paused, make_plan(resolution=24 * HOUR), since=None)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 34 * HOUR


def test_terms_that_measure_alike_change_no_deadline_even_where_they_count_from_now_on():
    renamed = milestones.replanned(new_clocks(), make_plan(policy="other", version=7), since=NOON + HOUR)
    assert due(renamed, Milestone.RESOLUTION) == due(new_clocks(), Milestone.RESOLUTION)
    longer = make_plan(resolution=50 * HOUR)
    assert due(milestones.replanned(renamed, longer, since=NOON + HOUR), Milestone.RESOLUTION) == NOON + 51 * HOUR


def test_terms_that_measure_alike_name_the_policy_that_they_come_from_now():
    renamed = milestones.replanned(new_clocks(), make_plan(policy="other", version=7), since=NOON + HOUR)
    assert {clock.terms.policy for clock in renamed.values()} == {PolicyKey("other", 7)}
    assert renamed[Milestone.RESOLUTION].runs[-1].terms.policy == PolicyKey("other", 7)


def test_a_plan_that_was_wrong_from_the_start_is_judged_back_to_the_start():
    late = milestones.evaluate(new_clocks(make_plan(resolution=24 * HOUR)), now=NOON + 30 * HOUR)
    assert Milestone.RESOLUTION in milestones.breached(late)
    corrected = milestones.replanned(late, make_plan(resolution=5 * DAY), since=None)
    assert Milestone.RESOLUTION not in breached(corrected, NOON + 30 * HOUR)


def test_skipped_steps_are_cancelled():
    clocks = milestones.completed(new_clocks(), NOON + timedelta(minutes=10))
    assert clocks[Milestone.FIRST_CONTACT].state(NOON + DAY) is ClockState.CANCELLED
    assert clocks[Milestone.COMMITMENT].state(NOON + DAY) is ClockState.CANCELLED


def test_a_reopened_complaint_goes_on_with_the_time_that_was_left():
    clocks = reopened(milestones.completed(new_clocks(), NOON + 47 * HOUR), NOON + 100 * HOUR)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 101 * HOUR
    assert within_target(clocks, NOON + 100 * HOUR) is None


def test_reopening_restores_a_contact_that_was_skipped_and_not_one_that_was_made():
    contacted = milestones.completed(milestones.contacted(new_clocks(), NOON + HOUR / 2), NOON + HOUR)
    back = reopened(contacted, NOON + 10 * HOUR)
    assert back[Milestone.FIRST_CONTACT].state(NOON + 11 * HOUR) is ClockState.MET
    assert due(back, Milestone.FIRST_CONTACT) == NOON + HOUR
    assert due(back, Milestone.COMMITMENT) == NOON + 13 * HOUR


@pytest.mark.parametrize("how", OnReopen)
@given(order=st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_what_was_late_stays_known_as_late_after_reopening(how, order):
    first, second, third = (NOON + 48 * HOUR + (moment - NOON) + MICROSECOND for moment in order)
    late = milestones.evaluate(milestones.completed(new_clocks(), first), now=first)
    again = milestones.completed(reopened(late, second, how), third)
    assert Milestone.RESOLUTION in breached(again, third)


def test_each_completion_is_followed_by_a_call_back_of_its_own():
    called = milestones.called_back(milestones.completed(new_clocks(), NOON), NOON + HOUR)
    again = milestones.completed(reopened(called, NOON + 2 * HOUR), NOON + 3 * HOUR)
    assert due(again, Milestone.CALL_BACK) == NOON + 3 * HOUR + 3 * DAY


def test_a_call_back_that_was_missed_is_not_missed_again():
    late = milestones.evaluate(milestones.completed(new_clocks(), NOON), now=NOON + 100 * HOUR)
    again = milestones.completed(reopened(late, NOON + 100 * HOUR), NOON + 101 * HOUR)
    assert breached(again, NOON + 1000 * HOUR) == (Milestone.CALL_BACK,)


def test_where_reopening_starts_other_clocks_the_call_back_is_due_again_too():
    late = milestones.evaluate(milestones.completed(new_clocks(), NOON), now=NOON + 100 * HOUR)
    again = milestones.completed(reopened(late, NOON + 100 * HOUR, OnReopen.NEW), NOON + 101 * HOUR)
    assert due(again, Milestone.CALL_BACK) == NOON + 101 * HOUR + 3 * DAY
    assert [clock.cycle for clock in milestones.with_previous(again[Milestone.CALL_BACK])] == [1, 2]


@pytest.mark.parametrize(("how", "expected"), [(OnReopen.RESET, 12), (OnReopen.NEW, 12), (OnReopen.CONTINUE, 11)])
def test_an_order_that_came_at_another_moment_leaves_alone_what_a_reopening_began(how, expected):
    back = reopened(milestones.ended(new_clocks(), NOON), NOON + 10 * HOUR, how)
    moved = milestones.contact_restarted(back, NOON - HOUR)
    assert due(moved, Milestone.FIRST_CONTACT) == NOON + expected * HOUR - HOUR
    assert Milestone.FIRST_CONTACT not in breached(back, NOON + 10 * HOUR)


@pytest.mark.parametrize("end", [milestones.ended, milestones.completed])
def test_nothing_gets_late_after_the_end(end):
    clocks = milestones.called_back(end(new_clocks(), NOON), NOON)
    assert breached(clocks, NOON + 1000 * HOUR) == ()


@given(moments, moments)
def test_to_judge_again_changes_nothing_but_with_time(earlier, later):
    clocks = milestones.evaluate(new_clocks(), now=earlier)
    assert milestones.evaluate(clocks, now=earlier) == clocks
    if later >= earlier:
        assert set(milestones.breached(clocks)) <= set(breached(clocks, later))


def test_the_chain_of_a_plan_holds_for_every_milestone_without_one_of_its_own():
    chain = (EscalationStep(0.9, "team lead"), EscalationStep(timedelta(hours=2), "head of service"))
    clocks = new_clocks(make_plan(ALWAYS, escalation=chain))
    assert {clock.terms.escalation for clock in clocks.values()} == {chain}
