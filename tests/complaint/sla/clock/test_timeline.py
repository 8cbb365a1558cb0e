"""The explanation of a deadline adds up, and names what was left out."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import clock, timeline
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.opening_hours import PublicDays, parse_opening_hours
from heed_complaint.sla.clock.plan import OnReopen, Terms
from heed_complaint.sla.clock.working_time import Calendar
from tests.complaint.factories.calendars import MINUTE, WINDOW_DAYS, WORKDAYS, make_calendar, round_the_clock, write
from tests.examples import seeds

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = make_calendar()


def running(at=NINE, target=8 * HOUR, calendar=OFFICE):
    return clock.start(Clock(Milestone.RESOLUTION, Terms(target, calendar)), at)


def explained(one, now):
    (shown,) = timeline.timelines(one, now=now)
    return shown


def spans(shown):
    return [(piece.start, piece.end) for piece in shown.counted]


def passed(shown):
    return sum(piece.seconds for piece in shown.counted if piece.passed)


def in_time(shown):
    return sum(piece.seconds for piece in shown.counted if not piece.late)


@pytest.mark.parametrize("seed", seeds(40, quick=5))
def test_what_was_counted_adds_up_to_what_is_used_and_to_the_target(seed):
    random = Random(seed)
    written = write(random)
    start = written.start + timedelta(microseconds=random.randrange(DAY // timedelta(microseconds=1)))
    now = start + timedelta(seconds=random.randrange(86400 * (WINDOW_DAYS - 2)))
    one = running(start, random.randint(1, 900) * MINUTE, written.calendar())
    moments = sorted(random.sample(range(int((now - start).total_seconds()) + 8), 2 * random.randint(0, 3)))
    for since, until in zip(moments[::2], moments[1::2], strict=True):
        one = clock.record_pause(one, start + timedelta(seconds=since), start + timedelta(seconds=until))
    shown = explained(one, now)
    assert passed(shown) == one.consumed(now) // timedelta(seconds=1)
    assert in_time(shown) == one.terms.target // timedelta(seconds=1)
    assert all(first[1] <= second[0] for first, second in zip(spans(shown), spans(shown)[1:], strict=False))


def test_the_lunch_break_and_the_night_are_left_out():
    lunch = make_calendar(("09:00", "12:00"), ("13:30", "18:00"))
    shown = explained(running(NINE + HOUR, calendar=lunch), NINE + 2 * HOUR)
    assert spans(shown) == [
        (NINE + HOUR, NINE + 2 * HOUR),
        (NINE + 2 * HOUR, NINE + 3 * HOUR),
        (NINE + 4.5 * HOUR, NINE + 9 * HOUR),
        (NINE + DAY, NINE + DAY + 1.5 * HOUR),
    ]
    assert [piece.passed for piece in shown.counted] == [True, False, False, False]


def test_a_year_of_minutes_is_shown_in_few_lines_that_add_up_all_the_same():
    minutes = make_calendar(*((f"{hour:02}:00", f"{hour:02}:01") for hour in range(9, 19)))
    one = running(calendar=minutes, target=1500 * MINUTE)
    now = NINE + 100 * DAY
    shown = explained(one, now)
    assert len(shown.counted) <= timeline.MAX_INTERVALS + 2
    assert passed(shown) == one.consumed(now) // timedelta(seconds=1)
    assert in_time(shown) == 1500 * 60
    assert sum(piece.intervals for piece in shown.counted if not piece.late) == 1500


def test_what_comes_after_the_deadline_is_shown_as_late():
    shown = explained(running(), NINE + DAY + HOUR)
    assert [(piece.seconds, piece.late) for piece in shown.counted] == [(8 * 3600, False), (3600, True), (3600, True)]


def test_a_pause_cuts_a_hole_and_while_it_lasts_there_is_no_deadline():
    paused = clock.pause(running(), NINE + 2 * HOUR)
    shown = explained(paused, NINE + 5 * HOUR)
    assert (shown.due_at, spans(shown)) == (None, [(NINE, NINE + 2 * HOUR)])
    resumed = explained(clock.resume(paused, NINE + 5 * HOUR), NINE + 5 * HOUR)
    assert spans(resumed)[:2] == [(NINE, NINE + 2 * HOUR), (NINE + 5 * HOUR, NINE + 9 * HOUR)]
    assert [(pause.start, pause.end) for pause in resumed.pauses] == [(NINE + 2 * HOUR, NINE + 5 * HOUR)]


def test_holidays_are_named_and_those_that_may_still_move_are_marked():
    public = PublicDays(range(2020, 2032), {date(2026, 3, 3): "Lantern Festival"}, provisional_from=date(2026, 3, 4))
    calendar = Calendar(parse_opening_hours("UTC", {day: [("09:00", "18:00")] for day in WORKDAYS}, public=public))
    shown = explained(running(target=10 * HOUR, calendar=calendar), NINE)
    assert [(special.day, special.name, special.working) for special in shown.special] == [
        (date(2026, 3, 3), "Lantern Festival", False)
    ]
    assert shown.due_at == NINE + 2 * DAY + HOUR
    assert shown.provisional
    assert not explained(running(calendar=calendar), NINE).provisional


def test_the_hour_that_the_clock_skips_is_shown():
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    shown = explained(running(before, 24 * HOUR, round_the_clock("Europe/Berlin")), before)
    (change,) = shown.changes
    assert change.at == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert (change.before, change.after) == (HOUR, 2 * HOUR)
    assert shown.due_at == before + DAY


def test_each_cycle_after_a_reopening_is_explained_separately():
    resolved = clock.reach(running(), NINE + 6 * HOUR)
    again = clock.reach(clock.reopen(resolved, NINE + 7 * DAY, how=OnReopen.RESET), NINE + 7 * DAY + HOUR)
    first, second = timeline.timelines(again, now=NINE + 9 * DAY)
    assert (passed(first), passed(second)) == (6 * 3600, 3600)
    assert in_time(second) == 8 * 3600
    assert timeline.first_resolution(again) == 6 * HOUR
    assert timeline.total_resolution(again, now=NINE + 9 * DAY) == 7 * HOUR


@pytest.mark.parametrize("how", OnReopen)
@given(st.lists(st.integers(1, 20 * 1440), min_size=3, max_size=3, unique=True).map(sorted))
def test_the_first_resolution_takes_as_long_whatever_comes_after(how, minutes):
    first, back, second = (NINE + minute * MINUTE for minute in minutes)
    resolved = clock.reach(running(), first)
    assert timeline.first_resolution(resolved) == OFFICE.between(NINE, first)
    again = clock.reach(clock.reopen(resolved, back, how=how), second)
    assert timeline.first_resolution(again) == OFFICE.between(NINE, first)
    total = OFFICE.between(NINE, first) + OFFICE.between(back, second)
    assert timeline.total_resolution(again, now=second + DAY) == total
