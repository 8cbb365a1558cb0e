"""When milestones are due and what counts as late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Milestone, Severity
from heed_complaint.sla import rules
from heed_complaint.sla.rules import ClockState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
moments = st.integers(0, 20 * 86400 * 10**6).map(lambda us: NOON + timedelta(microseconds=us))


def new_clocks(severity=Severity.MAJOR, **moments_):
    return rules.clocks_of_a_new_complaint(severity, **({"received_at": NOON, "dispatch_received_at": None} | moments_))


def due(clocks, milestone):
    return clocks[milestone].due_at


@pytest.mark.parametrize(
    ("severity", "hours"), [(Severity.CRITICAL, 24), (Severity.MAJOR, 48), (Severity.MINOR, 5 * 24)]
)
def test_the_worse_it_is_the_sooner_it_is_to_be_resolved(severity, hours):
    assert due(new_clocks(severity), Milestone.RESOLUTION) == NOON + hours * HOUR


def test_contact_is_due_an_hour_after_receipt_and_commitment_after_four():
    assert due(new_clocks(), Milestone.FIRST_CONTACT) == NOON + HOUR
    assert due(new_clocks(), Milestone.COMMITMENT) == NOON + 4 * HOUR


def test_a_dispatched_complaint_is_contacted_half_an_hour_after_the_order_came():
    clocks = new_clocks(dispatch_received_at=NOON + 2 * HOUR)
    assert due(clocks, Milestone.FIRST_CONTACT) == NOON + 2.5 * HOUR


def test_the_call_back_is_due_three_days_after_completion():
    clocks = new_clocks()
    assert clocks[Milestone.CALL_BACK].state is ClockState.WAITING
    assert due(clocks, Milestone.CALL_BACK) is None
    assert due(rules.completed(clocks, NOON + HOUR), Milestone.CALL_BACK) == NOON + HOUR + timedelta(days=3)


def test_resolved_at_the_very_deadline_is_in_time_and_a_microsecond_later_is_not():
    deadline = due(new_clocks(), Milestone.RESOLUTION)
    for at, in_time in ((deadline, True), (deadline + MICROSECOND, False)):
        clocks = rules.completed(rules.judge(new_clocks(), now=at), at)
        assert rules.within_target(clocks) is in_time
        assert (Milestone.RESOLUTION in rules.breached(clocks)) is not in_time


def test_whether_it_is_in_time_is_unknown_while_there_is_time():
    assert rules.within_target(rules.judge(new_clocks(), now=NOON + HOUR)) is None


@given(st.lists(moments, min_size=3, max_size=3, unique=True).map(sorted))
def test_the_time_that_we_wait_for_the_customer_is_added_to_the_deadline(order):
    asked, answered, done = order
    clocks = rules.resumed(rules.paused(new_clocks(), asked), answered)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 48 * HOUR + (answered - asked)
    consumed = clocks[Milestone.RESOLUTION].consumed(done)
    assert consumed == (asked - NOON) + (done - answered)


def test_while_we_wait_for_the_customer_there_is_no_deadline_and_nothing_gets_late():
    clocks = rules.judge(rules.paused(new_clocks(), NOON + HOUR), now=NOON + 1000 * HOUR)
    assert clocks[Milestone.RESOLUTION].state is ClockState.PAUSED
    assert due(clocks, Milestone.RESOLUTION) is None
    assert clocks[Milestone.RESOLUTION].consumed(NOON + 1000 * HOUR) == HOUR


def test_contact_and_commitment_do_not_wait_for_the_customer():
    clocks = rules.judge(rules.paused(new_clocks(), NOON), now=NOON + 5 * HOUR)
    assert rules.breached(clocks) == (Milestone.FIRST_CONTACT, Milestone.COMMITMENT)


def test_resolving_it_while_waiting_for_the_customer_counts_the_pause():
    clocks = rules.completed(rules.paused(new_clocks(), NOON + HOUR), NOON + 500 * HOUR)
    assert rules.within_target(clocks) is True
    assert clocks[Milestone.RESOLUTION].consumed(NOON + 501 * HOUR) == HOUR


def test_a_pause_survives_a_change_of_severity():
    paused = rules.resumed(rules.paused(new_clocks(), NOON + HOUR), NOON + 11 * HOUR)
    clocks = rules.replanned(paused, Severity.CRITICAL, received_at=NOON, dispatch_received_at=None)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 34 * HOUR


def test_a_severity_that_was_wrong_from_the_start_is_judged_back_to_the_start():
    late = rules.judge(new_clocks(Severity.CRITICAL), now=NOON + 30 * HOUR)
    assert Milestone.RESOLUTION in rules.breached(late)
    corrected = rules.replanned(late, Severity.MINOR, received_at=NOON, dispatch_received_at=None)
    assert Milestone.RESOLUTION not in rules.breached(rules.judge(corrected, now=NOON + 30 * HOUR))


def test_steps_that_were_skipped_are_owed_no_more():
    clocks = rules.completed(new_clocks(), NOON + timedelta(minutes=10))
    assert clocks[Milestone.FIRST_CONTACT].state is ClockState.CANCELLED
    assert clocks[Milestone.COMMITMENT].state is ClockState.CANCELLED


def test_a_reopened_complaint_goes_on_with_the_time_that_was_left():
    clocks = rules.reopened(rules.completed(new_clocks(), NOON + 47 * HOUR), NOON + 100 * HOUR)
    assert due(clocks, Milestone.RESOLUTION) == NOON + 101 * HOUR
    assert rules.within_target(clocks) is None


@given(st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_what_was_resolved_late_stays_late_however_often_it_is_reopened(order):
    first, second, third = (moment + 48 * HOUR + MICROSECOND for moment in order)
    late = rules.completed(rules.judge(new_clocks(), now=first), first)
    again = rules.completed(rules.judge(rules.reopened(late, second), now=third), third)
    assert rules.within_target(rules.judge(again, now=third)) is False


def test_each_completion_is_followed_by_a_call_back_of_its_own():
    called = rules.called_back(rules.completed(new_clocks(), NOON), NOON + HOUR)
    again = rules.completed(rules.reopened(called, NOON + 2 * HOUR), NOON + 3 * HOUR)
    assert due(again, Milestone.CALL_BACK) == NOON + 3 * HOUR + timedelta(days=3)


def test_a_call_back_that_was_missed_is_not_missed_again():
    late = rules.judge(rules.completed(new_clocks(), NOON), now=NOON + 100 * HOUR)
    again = rules.completed(rules.reopened(late, NOON + 100 * HOUR), NOON + 101 * HOUR)
    assert rules.breached(rules.judge(again, now=NOON + 1000 * HOUR)) == (Milestone.CALL_BACK,)


@pytest.mark.parametrize("end", [rules.ended, rules.completed])
def test_nothing_gets_late_after_the_end(end):
    clocks = rules.called_back(end(new_clocks(), NOON), NOON)
    assert rules.breached(rules.judge(clocks, now=NOON + 1000 * HOUR)) == ()


@given(moments, moments)
def test_to_judge_again_changes_nothing_but_with_time(earlier, later):
    clocks = rules.judge(new_clocks(), now=earlier)
    assert rules.judge(clocks, now=earlier) == clocks
    if later >= earlier:
        assert set(rules.breached(clocks)) <= set(rules.breached(rules.judge(clocks, now=later)))
