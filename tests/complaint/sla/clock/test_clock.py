"""What users of similar systems requested, and got late: each test is named after one request."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import clock, opening_hours
from heed_complaint.sla.clock.clock import Clock, ClockState
from heed_complaint.sla.clock.pauses import PauseError
from heed_complaint.sla.clock.plan import OnReopen, Terms
from heed_complaint.sla.clock.working_time import Calendar
from tests.complaint.factories.calendars import make_calendar

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
NINE = MONDAY + 9 * HOUR
NOON = MONDAY + 12 * HOUR
ALWAYS = Calendar(opening_hours.always())
OFFICE = make_calendar()


def make_terms(target=8 * HOUR, calendar=OFFICE, **terms):
    return Terms(target, calendar, **terms)


def make_clock(at=NINE, **terms):
    return clock.start(Clock(Milestone.RESOLUTION, make_terms(**terms)), at)


def reopened(stopped, at, how=OnReopen.CONTINUE):
    return clock.reopen(stopped, at, how=how)


def test_several_working_intervals_a_day_leave_out_the_lunch_break():
    lunch = make_calendar(("09:00", "12:00"), ("13:30", "18:00"))
    assert make_clock(NINE, calendar=lunch, target=4 * HOUR).due_at == NINE + 5.5 * HOUR


def test_a_customer_has_a_calendar_of_his_own():
    shanghai = make_calendar(time_zone="Asia/Shanghai")
    ours = make_clock(NOON, target=2 * HOUR)
    theirs = clock.replan(ours, make_terms(2 * HOUR, shanghai), since=None)
    assert (ours.due_at, theirs.due_at) == (NOON + 2 * HOUR, MONDAY + DAY + 3 * HOUR)


def test_a_case_that_is_resolved_directly_while_it_is_paused_counts_the_hold_time():
    paused = clock.pause(make_clock(), NOON)
    resolved = clock.reach(paused, NOON + 3 * DAY)
    later = NOON + 9 * DAY
    assert resolved.state(later) is ClockState.MET
    assert resolved.paused_for_customer(later) == 3 * DAY
    assert resolved.consumed(later) == 3 * HOUR


def test_the_policy_may_count_the_time_of_a_pause():
    paused = clock.pause(make_clock(pause_counts=True), NOON)
    assert paused.state(NOON) is ClockState.RUNNING
    assert paused.due_at == NINE + 8 * HOUR
    resolved = clock.reach(paused, NOON + 3 * DAY)
    assert resolved.state(NOON + 3 * DAY) is ClockState.MISSED
    assert resolved.paused_for_customer(NOON + 3 * DAY) == 3 * DAY


@pytest.mark.parametrize("since", [None, NOON + HOUR])
def test_a_pause_stays_when_the_priority_or_the_policy_changes(since):
    paused = clock.replan(clock.pause(make_clock(), NOON), make_terms(4 * HOUR), since=since)
    assert paused.state(NOON + 9 * DAY) is ClockState.PAUSED
    assert paused.due_at is None
    resumed = clock.resume(paused, NOON + DAY)
    left = 4 * HOUR - resumed.consumed(NOON + DAY)
    assert resumed.due_at == OFFICE.add(NOON + DAY, left)
    assert left == (4 * HOUR if since else HOUR)


def test_reopening_may_go_on_with_the_time_that_was_left():
    back = reopened(clock.reach(make_clock(), NINE + 6 * HOUR), NINE + 7 * DAY)
    assert back.due_at == NINE + 7 * DAY + 2 * HOUR
    assert back.consumed(NINE + 7 * DAY) == 6 * HOUR
    assert back.state(NINE + 7 * DAY) is ClockState.RUNNING


def test_reopening_may_grant_the_whole_time_again():
    back = reopened(clock.reach(make_clock(), NINE + 6 * HOUR), NINE + 7 * DAY, OnReopen.RESET)
    assert back.due_at == NINE + 7 * DAY + 8 * HOUR
    assert back.consumed(NINE + 7 * DAY + HOUR) == HOUR
    assert back.total_consumed(NINE + 7 * DAY + HOUR) == 7 * HOUR


def test_reopening_may_start_another_clock_beside_the_old_one():
    new = clock.reopen(clock.reach(make_clock(), NINE + DAY), NINE + 7 * DAY, how=OnReopen.NEW)
    (old,) = new.earlier
    later = NINE + 7 * DAY + HOUR
    assert (old.state(later), new.state(later)) == (ClockState.MISSED, ClockState.RUNNING)
    assert (old.cycle, new.cycle) == (1, 2)
    assert new.due_at == NINE + 7 * DAY + 8 * HOUR


@pytest.mark.parametrize("how", [OnReopen.CONTINUE, OnReopen.RESET])
def test_a_late_resolution_stays_late_however_it_is_reopened(how):
    late = clock.reach(make_clock(), NINE + 8 * HOUR + MICROSECOND)
    again = clock.reach(reopened(late, NINE + DAY, how), NINE + DAY + HOUR)
    assert again.state(NINE + 9 * DAY) is ClockState.MISSED
    assert again.breached_at(NINE + 9 * DAY) == NINE + 8 * HOUR


def test_a_late_resolution_counts_as_missed_even_if_no_check_ran_before():
    due_at = make_clock().due_at
    assert clock.reach(make_clock(), due_at).state(due_at) is ClockState.MET
    late = clock.reach(make_clock(), due_at + MICROSECOND)
    assert late.state(due_at + 9 * DAY) is ClockState.MISSED


def test_a_breach_is_there_at_its_very_moment_and_does_not_wait_for_an_hourly_job():
    running, due_at = make_clock(), NINE + 8 * HOUR
    assert [running.state(at) for at in (due_at, due_at + MICROSECOND)] == [ClockState.RUNNING, ClockState.MISSED]
    assert running.breached_at(due_at + 9 * DAY) == due_at


def test_a_resolution_at_night_does_not_undo_the_deadline_of_the_evening():
    running = make_clock(target=9 * HOUR)
    assert running.due_at == MONDAY + 18 * HOUR
    assert running.state(MONDAY + 20 * HOUR) is ClockState.MISSED


def test_no_warning_is_sent_at_midnight():
    resolution = make_clock(MONDAY + 12 * HOUR, target=24 * HOUR, calendar=ALWAYS, warn_at=0.5, warn_within=OFFICE)
    assert resolution.warn_at == NINE + DAY
    around_the_clock = make_clock(MONDAY + 12 * HOUR, target=24 * HOUR, calendar=ALWAYS, warn_at=0.5)
    assert around_the_clock.warn_at == MONDAY + DAY


def test_a_warning_that_falls_on_the_end_of_the_day_comes_in_the_morning():
    assert make_clock(NOON, target=8 * HOUR).warn_at == NINE + DAY


def test_a_warning_that_would_come_after_the_breach_is_none():
    assert make_clock(NOON, target=20 * HOUR, calendar=ALWAYS, warn_within=OFFICE).warn_at is None


def test_no_warning_is_sent_while_we_wait_for_the_customer():
    paused = clock.pause(make_clock(NOON), MONDAY + 19 * HOUR)
    assert paused.warn_at is None
    assert clock.resume(paused, NOON + DAY).warn_at == NOON + DAY


def test_warned_at_three_quarters_of_the_time_without_the_pauses():
    resumed = clock.resume(clock.pause(make_clock(target=4 * HOUR), NINE + HOUR), NINE + 2 * HOUR)
    assert resumed.warn_at == NINE + 4 * HOUR


def test_a_pause_that_one_learns_of_later_takes_the_breach_back():
    late = clock.reach(make_clock(), NINE + DAY + HOUR)
    assert late.state(NINE + DAY + HOUR) is ClockState.MISSED
    corrected = clock.record_pause(late, NOON, NOON + 3 * HOUR)
    assert corrected.state(NINE + DAY + HOUR) is ClockState.MET
    assert corrected.due_at == NINE + DAY + 2 * HOUR


def test_a_pause_that_is_recorded_twice_counts_once():
    once = clock.record_pause(make_clock(), NOON, NOON + 2 * HOUR)
    again = clock.record_pause(clock.record_pause(once, NOON, NOON + 2 * HOUR), NOON + HOUR, NOON + 3 * HOUR)
    assert again.paused_for_customer(MONDAY + 9 * DAY) == 3 * HOUR
    assert again.due_at == clock.record_pause(make_clock(), NOON, NOON + 3 * HOUR).due_at


def test_a_pause_after_the_deadline_does_not_heal_it():
    late = clock.pause(make_clock(), NINE + DAY)
    assert late.state(NINE + 9 * DAY) is ClockState.MISSED
    assert late.due_at == NINE + 8 * HOUR


def test_a_pause_at_night_costs_and_gives_no_working_time():
    night = clock.record_pause(make_clock(NOON), MONDAY + 20 * HOUR, NINE + DAY - HOUR)
    assert night.due_at == make_clock(NOON).due_at
    assert night.paused_for_customer(NOON + DAY) == 12 * HOUR


def test_a_pause_does_not_end_before_it_begins():
    with pytest.raises(PauseError):
        clock.record_pause(make_clock(), NOON, NOON)
    with pytest.raises(PauseError):
        clock.resume(clock.pause(make_clock(), NOON), NINE)


def test_a_policy_may_hold_from_the_start_or_from_its_change_on():
    running, now = make_clock(), NINE + 3 * HOUR
    shorter = make_terms(4 * HOUR)
    assert clock.replan(running, shorter, since=None).due_at == NINE + 4 * HOUR
    assert clock.replan(running, shorter, since=now).due_at == now + 4 * HOUR


def test_what_was_late_before_a_policy_changed_stays_late_unless_it_holds_from_the_start():
    late, now = make_clock(target=HOUR), NINE + 2 * HOUR
    longer = make_terms(8 * HOUR)
    from_now = clock.replan(late, longer, since=now)
    assert from_now.state(now) is ClockState.MISSED
    for corrected in (clock.replan(late, longer, since=None), clock.replan(from_now, longer, since=None)):
        assert corrected.state(now) is ClockState.RUNNING
        assert corrected.due_at == NINE + 8 * HOUR


def test_a_policy_of_today_does_not_touch_what_was_resolved_yesterday_unless_it_holds_from_the_start():
    met = clock.reach(make_clock(), NINE + 6 * HOUR)
    shorter = make_terms(4 * HOUR)
    assert clock.replan(met, shorter, since=NINE + DAY).state(NINE + DAY) is ClockState.MET
    assert clock.replan(met, shorter, since=None).state(NINE + DAY) is ClockState.MISSED


def test_a_policy_that_holds_from_the_start_judges_what_a_reopening_left_behind_too():
    new = clock.reopen(clock.reach(make_clock(), NINE + 6 * HOUR), NINE + 7 * DAY, how=OnReopen.NEW)
    (old,) = clock.replan(new, make_terms(4 * HOUR), since=None).earlier
    assert (new.earlier[0].state(NINE + 7 * DAY), old.state(NINE + 7 * DAY)) == (ClockState.MET, ClockState.MISSED)


def test_a_clock_that_waits_is_neither_due_nor_late_and_takes_the_terms_of_its_start():
    waiting = Clock(Milestone.CALL_BACK, make_terms())
    assert (waiting.state(NINE), waiting.due_at, waiting.warn_at) == (ClockState.WAITING, None, None)
    assert waiting.consumed(NINE) == timedelta()
    replanned = clock.replan(waiting, make_terms(2 * HOUR), since=NINE)
    assert clock.start(replanned, NOON).due_at == NOON + 2 * HOUR


def test_a_cancelled_milestone_does_not_get_late():
    cancelled = clock.cancel(make_clock(), NOON)
    assert cancelled.state(NOON + 9 * DAY) is ClockState.CANCELLED
    assert clock.reach(cancelled, NOON + DAY) == cancelled
    assert clock.cancel(make_clock(), NINE + DAY).state(NINE + DAY) is ClockState.MISSED


def test_a_milestone_that_was_never_started_waits_again_after_reopening():
    back = reopened(clock.cancel(Clock(Milestone.CALL_BACK, make_terms()), NOON), NOON + DAY)
    assert back.state(NOON + DAY) is ClockState.WAITING


minutes = st.integers(0, 20 * 1440)


@given(st.lists(minutes, min_size=2, max_size=8, unique=True), st.randoms())
def test_pauses_recorded_in_any_order_and_at_any_time_give_the_same_deadline(moments, random):
    moments = sorted(moments)
    stops = [(NINE + a * MINUTE, NINE + b * MINUTE) for a, b in zip(moments[::2], moments[1::2], strict=False)]
    lived = make_clock(target=30 * HOUR)
    for since, until in stops:
        lived = clock.resume(clock.pause(lived, since), until)
    recorded = make_clock(target=30 * HOUR)
    for since, until in random.sample(stops, len(stops)):
        recorded = clock.record_pause(recorded, since, until)
    assert (recorded.due_at, recorded.ledger) == (lived.due_at, lived.ledger)


@given(st.lists(minutes, min_size=2, max_size=8, unique=True), minutes)
def test_as_long_as_it_is_in_time_no_more_than_the_target_is_used_up(moments, now):
    running = make_clock(target=12 * HOUR)
    for since, until in zip(sorted(moments)[::2], sorted(moments)[1::2], strict=False):
        running = clock.record_pause(running, NINE + since * MINUTE, NINE + until * MINUTE)
    at = NINE + now * MINUTE
    assert running.consumed(running.due_at) == 12 * HOUR
    if running.state(at) is not ClockState.MISSED:
        assert running.consumed(at) <= 12 * HOUR
    else:
        assert running.consumed(at) >= 12 * HOUR


def test_the_time_that_a_resolved_complaint_rested_never_counts():
    back = reopened(clock.reach(make_clock(pause_counts=True), NINE + 6 * HOUR), NINE + 7 * DAY)
    assert back.due_at == NINE + 7 * DAY + 2 * HOUR
    assert back.paused_for_customer(NINE + 7 * DAY) == timedelta()


def test_who_begins_to_wait_at_the_very_deadline_is_not_late_until_the_answer_came():
    paused = clock.pause(make_clock(), NINE + 8 * HOUR)
    assert paused.state(NINE + 9 * DAY) is ClockState.PAUSED
    answered = clock.resume(paused, NINE + DAY)
    assert answered.due_at == NINE + DAY
    assert answered.state(NINE + DAY + MICROSECOND) is ClockState.MISSED
