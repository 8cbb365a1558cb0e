"""Alerts of a clock and their moments: warnings, breaches and steps of an escalation, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import alerts, clock
from heed_complaint.sla.clock.alerts import AlertKind
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.plan import EscalationStep, OnReopen, Terms
from tests.complaint.factories.calendars import MINUTE, make_calendar
from tests.complaint.factories.sla import ALWAYS, DAY, HOUR

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = make_calendar()
TICK = timedelta(microseconds=1)
CHAIN = (EscalationStep(0.5, "team lead"), EscalationStep(2 * HOUR, "head of service"))


def running(target=8 * HOUR, calendar=OFFICE, **terms):
    return clock.start(Clock(Milestone.RESOLUTION, Terms(target, calendar, **terms)), NINE)


def fired_by(one, now):
    return [(item.kind, item.at) for item in alerts.due_alerts(one, now=now)[1]]


def after_alerts(one, now):
    return alerts.due_alerts(one, now=now)[0]


def lived(one, until):
    """Return the alerts of a scheduler that sleeps until the next moment each time."""
    fired, now = [], NINE
    while (at := alerts.next_alert_at(one, now=now)) is not None and at < until:
        assert at >= now
        now = at + TICK
        one, items = alerts.due_alerts(one, now=now)
        assert items
        fired += [(item.kind, item.at, item.step) for item in items]
    return fired


def test_a_warning_then_the_breach_each_once_and_at_its_moment():
    assert lived(running(), NINE + 9 * DAY) == [
        (AlertKind.WARNING, NINE + 6 * HOUR, 0),
        (AlertKind.BREACH, NINE + 8 * HOUR, 0),
    ]


def test_a_step_beyond_the_days_that_a_calendar_knows_is_never_taken_and_stops_nothing_else():
    once_a_week = make_calendar(("09:00", "09:01"), days=("mon",))
    one = running(
        MINUTE,
        once_a_week,
        escalation=(EscalationStep(0.5, "team lead"), EscalationStep(8000 * HOUR, "head of service")),
    )
    assert (one.escalation_at(0), one.escalation_at(1)) == (NINE + MINUTE / 2, None)
    assert (AlertKind.BREACH, NINE + MINUTE, 0) in lived(one, NINE + 9 * DAY)


def test_an_escalation_goes_up_step_by_step():
    assert lived(running(escalation=CHAIN), NINE + 9 * DAY) == [
        (AlertKind.ESCALATION, NINE + 4 * HOUR, 1),
        (AlertKind.WARNING, NINE + 6 * HOUR, 0),
        (AlertKind.BREACH, NINE + 8 * HOUR, 0),
        (AlertKind.ESCALATION, NINE + DAY + HOUR, 2),
    ]


def test_a_late_scheduler_fires_the_same_alerts_in_the_same_order():
    late = NINE + DAY + 2 * HOUR
    assert fired_by(running(escalation=CHAIN), late) == [
        (alarm, at) for alarm, at, _ in lived(running(escalation=CHAIN), late)
    ]


def test_a_warning_that_was_slept_through_waits_for_the_morning():
    one = running(20 * HOUR, ALWAYS, warn_at=0.25, warn_within=OFFICE)
    night = NINE + 12 * HOUR
    assert fired_by(one, night) == []
    assert alerts.next_alert_at(one, now=night) == NINE + 20 * HOUR
    on_duty = running(30 * HOUR, ALWAYS, warn_at=0.25, warn_within=OFFICE)
    assert alerts.next_alert_at(on_duty, now=night) == NINE + DAY
    assert fired_by(on_duty, NINE + DAY) == [(AlertKind.WARNING, NINE + 7.5 * HOUR)]


def test_a_warning_that_was_slept_through_comes_with_the_breach_at_the_latest():
    one = running(20 * HOUR, ALWAYS, warn_at=0.25, warn_within=OFFICE)
    expected = [(AlertKind.WARNING, NINE + 5 * HOUR), (AlertKind.BREACH, NINE + 20 * HOUR)]
    assert fired_by(one, NINE + 21 * HOUR) == expected


def test_a_complaint_that_is_late_at_its_receipt_causes_no_warning():
    assert fired_by(alerts.suppress_past_warning(running(), now=NINE + 9 * HOUR), NINE + 9 * HOUR) == [
        (AlertKind.BREACH, NINE + 8 * HOUR)
    ]
    in_time = alerts.suppress_past_warning(running(), now=NINE + 7 * HOUR)
    assert fired_by(in_time, NINE + 7 * HOUR) == [(AlertKind.WARNING, NINE + 6 * HOUR)]


def test_a_stopped_clock_fires_nothing():
    for stop in (clock.reach, clock.cancel):
        one = stop(running(escalation=CHAIN), NINE + HOUR)
        assert alerts.next_alert_at(one, now=NINE + HOUR) is None
        assert fired_by(one, NINE + 9 * DAY) == []


def test_a_milestone_reached_late_fires_its_breach_when_it_is_reached():
    one = clock.reach(running(), NINE + 8 * HOUR + TICK)
    assert fired_by(one, NINE + 8 * HOUR + TICK) == [(AlertKind.BREACH, NINE + 8 * HOUR)]


def test_nothing_fires_during_a_pause_and_the_remaining_alerts_fire_afterwards():
    paused = clock.pause(after_alerts(running(escalation=CHAIN), NINE + 5 * HOUR), NINE + 5 * HOUR)
    assert alerts.next_alert_at(paused, now=NINE + 5 * HOUR) is None
    assert fired_by(paused, NINE + 9 * DAY) == []
    resumed = clock.resume(paused, NINE + DAY)
    assert alerts.next_alert_at(resumed, now=NINE + DAY) == NINE + DAY + HOUR
    assert fired_by(resumed, NINE + DAY) == []


def test_a_breach_that_falls_away_is_withdrawn_and_may_come_again():
    late = after_alerts(running(), NINE + DAY)
    healed = clock.record_pause(late, NINE + HOUR, NINE + 5 * HOUR)
    now = NINE + DAY
    assert fired_by(healed, now) == [(AlertKind.BREACH_WITHDRAWN, now)]
    again = after_alerts(healed, now)
    assert alerts.next_alert_at(again, now=now) == NINE + DAY + HOUR
    assert (
        fired_by(again, NINE + DAY + 2 * HOUR)
        == [(AlertKind.WARNING, NINE + DAY + HOUR), (AlertKind.BREACH, NINE + DAY + 3 * HOUR)][:1]
    )
    assert [alarm for alarm, _ in fired_by(again, NINE + 2 * DAY)] == [AlertKind.WARNING, AlertKind.BREACH]


def test_who_gets_more_time_is_warned_again_when_that_runs_out():
    warned = after_alerts(running(), NINE + 7 * HOUR)
    longer = clock.replan(warned, Terms(16 * HOUR, OFFICE), since=None)
    assert fired_by(longer, NINE + 7 * HOUR) == []
    assert lived(after_alerts(longer, NINE + 7 * HOUR), NINE + 9 * DAY)[0][0] is AlertKind.WARNING


def test_a_reopening_that_grants_the_whole_time_warns_and_escalates_again():
    resolved = clock.reach(after_alerts(running(escalation=CHAIN), NINE + 7 * HOUR), NINE + 7 * HOUR)
    back = clock.reopen(resolved, NINE + DAY, how=OnReopen.RESET)
    assert [alarm for alarm, *_ in lived(back, NINE + 9 * DAY)] == [
        AlertKind.ESCALATION,
        AlertKind.WARNING,
        AlertKind.BREACH,
        AlertKind.ESCALATION,
    ]


def test_a_reopening_that_continues_fires_nothing_twice():
    resolved = clock.reach(after_alerts(running(escalation=CHAIN), NINE + 7 * HOUR), NINE + 7 * HOUR)
    back = clock.reopen(resolved, NINE + DAY, how=OnReopen.CONTINUE)
    assert lived(back, NINE + 9 * DAY) == [
        (AlertKind.BREACH, NINE + DAY + HOUR, 0),
        (AlertKind.ESCALATION, NINE + DAY + 3 * HOUR, 2),
    ]


minutes = st.integers(0, 6 * 1440)


@pytest.mark.parametrize("calendar", [ALWAYS, OFFICE])
@given(looks=st.lists(minutes, max_size=8), pauses=st.lists(minutes, max_size=6, unique=True).map(sorted))
def test_any_number_of_checks_fires_the_same_alerts(calendar, looks, pauses):
    one = running(20 * HOUR, calendar, warn_within=OFFICE, escalation=CHAIN)
    for since, until in zip(pauses[::2], pauses[1::2], strict=False):
        one = clock.record_pause(one, NINE + since * MINUTE, NINE + until * MINUTE)
    often, once, end = one, [], NINE + 21 * DAY
    for minute in sorted(looks):
        often, fired = alerts.due_alerts(often, now=NINE + minute * MINUTE)
        once += [(item.kind, item.at, item.step) for item in fired]
        moment = alerts.next_alert_at(often, now=NINE + minute * MINUTE)
        assert moment is None or moment >= NINE + minute * MINUTE
    once += [(item.kind, item.at, item.step) for item in alerts.due_alerts(often, now=end)[1]]
    assert sorted(once) == sorted((item.kind, item.at, item.step) for item in alerts.due_alerts(one, now=end)[1])
    assert len(once) == len(set(once))
