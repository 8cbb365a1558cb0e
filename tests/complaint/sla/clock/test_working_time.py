"""What counts as working time."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.opening_hours import CalendarError, PublicDays
from heed_complaint.sla.clock.working_time import BeyondHorizon, Calendar, Span, SpecialDay
from tests.complaint.factories.calendars import WEEK, make_calendar, round_the_clock, write

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SATURDAY = MONDAY + 5 * DAY
LUNCH = (("09:00", "12:00"), ("13:30", "18:00"))
NEW_YORK = ZoneInfo("America/New_York")

calendars = st.integers(0, 10**6).map(lambda seed: write(Random(seed)).calendar())
moments = st.integers(0, 400 * 86400 * 10**6).map(
    lambda us: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)
amounts = st.integers(1, 200 * 3600 * 10**6).map(lambda us: timedelta(microseconds=us))


@given(calendars, moments, amounts)
def test_what_is_added_lies_between(calendar, start, amount):
    assert calendar.between(start, calendar.add(start, amount)) == amount


@given(calendars, moments, amounts)
def test_a_deadline_is_the_first_moment_at_which_the_time_has_passed(calendar, start, amount):
    due = calendar.add(start, amount)
    assert calendar.between(start, due - timedelta(microseconds=1)) < amount


@given(calendars, moments, amounts, amounts)
def test_time_may_be_added_at_once_or_in_two_parts(calendar, start, first, second):
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendars, moments, moments, moments)
def test_time_between_adds_up_whatever_lies_in_the_middle(calendar, first, second, third):
    assert calendar.between(first, second) + calendar.between(second, third) == calendar.between(first, third)


@given(calendars, moments, moments, amounts, amounts)
def test_who_starts_later_or_has_more_time_is_not_due_sooner(calendar, one, other, less, more):
    one, other = sorted((one, other))
    less, more = sorted((less, more))
    assert calendar.add(one, less) <= calendar.add(other, less)
    assert calendar.add(one, less) <= calendar.add(one, more)
    assert timedelta() <= calendar.between(one, other) <= other - one


@given(calendars, moments)
def test_the_next_opening_is_working_time_and_none_lies_before_it(calendar, at):
    opening = calendar.next_open(at)
    assert calendar.between(at, opening) == timedelta()
    assert calendar.between(opening, opening + timedelta(microseconds=1)) == timedelta(microseconds=1)


@given(calendars, moments, moments)
def test_a_timeline_shows_exactly_what_was_counted(calendar, one, other):
    start, end = sorted((one, other))
    spans = calendar.timeline(start, end).spans
    assert sum((span.end - span.start for span in spans), timedelta()) == calendar.between(start, end)
    assert all(start <= span.start < span.end <= end for span in spans)


@given(calendars, st.permutations([2025, 1999, 2030, 2021, 2027, 2023]), moments)
def test_the_order_in_which_years_are_read_does_not_matter(calendar, years, at):
    fresh = Calendar(calendar.hours)
    for year in years:
        if year in calendar.years:
            fresh.next_open(datetime(year, 6, 1, tzinfo=UTC))
    assert fresh.add(at, 100 * HOUR) == calendar.add(at, 100 * HOUR)
    assert fresh.between(at, at + 300 * DAY) == calendar.between(at, at + 300 * DAY)


def test_round_the_clock_three_hours_are_three_hours_when_the_clocks_go_forward():
    start = datetime(2025, 3, 9, 0, 30, tzinfo=NEW_YORK)
    due = round_the_clock("America/New_York").add(start, 3 * HOUR)
    assert due.astimezone(NEW_YORK).isoformat() == "2025-03-09T04:30:00-04:00"


@pytest.mark.parametrize(("day", "worked"), [((2025, 3, 9), 23), ((2025, 11, 2), 25), ((2025, 7, 1), 24)])
def test_a_day_is_as_long_as_it_is(day, worked):
    midnight = datetime(*day, tzinfo=NEW_YORK)
    tomorrow = (midnight + DAY).replace(fold=0)
    assert round_the_clock("America/New_York").between(midnight, tomorrow) == worked * HOUR


def test_an_hour_that_the_clock_shows_twice_counts_twice_and_one_that_it_skips_not_at_all():
    nights = make_calendar(("01:00", "03:00"), days=WEEK, time_zone="America/New_York")
    worked = [
        nights.between(day, day + DAY)
        for day in (datetime(2025, 11, 2, 4, tzinfo=UTC), datetime(2025, 3, 9, 5, tzinfo=UTC))
    ]
    assert worked == [3 * HOUR, HOUR]


def test_a_day_that_a_country_skipped_has_no_working_time():
    samoa = round_the_clock("Pacific/Apia")
    thursday = datetime(2011, 12, 29, tzinfo=ZoneInfo("Pacific/Apia"))
    assert samoa.between(thursday, datetime(2012, 1, 1, tzinfo=ZoneInfo("Pacific/Apia"))) == 2 * DAY


def test_the_working_day_is_that_of_the_calendars_own_zone():
    shanghai = make_calendar(*LUNCH, time_zone="Asia/Shanghai")
    assert shanghai.next_open(MONDAY - DAY) == MONDAY + HOUR
    assert shanghai.add(MONDAY, 8 * HOUR) == datetime(2026, 3, 3, 1, 30, tzinfo=UTC)


def test_what_is_due_at_the_end_of_the_day_is_not_due_next_morning():
    assert make_calendar().add(MONDAY, 9 * HOUR) == MONDAY + 18 * HOUR


def test_own_days_come_before_the_public_ones():
    public = PublicDays(
        range(2025, 2029), {date(2026, 3, 2): "Feast", date(2026, 3, 3): "Feast"}, frozenset({date(2026, 3, 7)})
    )
    calendar = make_calendar(public=public, working=[date(2026, 3, 3)], off=[date(2026, 3, 7), date(2026, 3, 4)])
    worked = [calendar.between(MONDAY + i * DAY, MONDAY + (i + 1) * DAY) // HOUR for i in range(7)]
    assert worked == [0, 9, 0, 9, 9, 0, 0]


def test_a_make_up_day_has_the_hours_of_the_weeks_first_day():
    calendar = make_calendar(*LUNCH, working=[SATURDAY.date()])
    assert calendar.timeline(SATURDAY, SATURDAY + DAY).spans == (
        Span(SATURDAY + 9 * HOUR, SATURDAY + 12 * HOUR),
        Span(SATURDAY + 13.5 * HOUR, SATURDAY + 18 * HOUR),
    )


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_a_weekend_that_a_country_makes_up_on_is_worked_like_a_weekday(day):
    weekend = date.fromisoformat(f"2026-{day}")
    public = PublicDays(range(2025, 2028), {date(2026, 2, 17): "Spring Festival"}, frozenset({weekend}))
    calendar = make_calendar(*LUNCH, time_zone="Asia/Shanghai", public=public)
    midnight = datetime.combine(weekend, datetime.min.time(), tzinfo=ZoneInfo("Asia/Shanghai"))
    assert weekend.weekday() >= 5
    assert calendar.between(midnight, midnight + DAY) == 7.5 * HOUR


def test_a_timeline_names_the_days_that_differ_from_the_usual_week():
    public = PublicDays(range(2025, 2029), {date(2026, 3, 2): "Feast", date(2026, 3, 8): "Sunday's feast"})
    calendar = make_calendar(public=public, working=[SATURDAY.date()])
    assert calendar.timeline(MONDAY, MONDAY + 7 * DAY).special == (
        SpecialDay(date(2026, 3, 2), working=False, name="Feast"),
        SpecialDay(date(2026, 3, 7), working=True, name=""),
    )


def test_always_knows_neither_nights_nor_feasts():
    always = Calendar(opening_hours.always())
    assert always.add(MONDAY, 1000 * DAY) == MONDAY + 1000 * DAY
    assert always.between(SATURDAY, SATURDAY - DAY) == -DAY


def test_a_deadline_beyond_the_known_days_is_refused_with_the_years_that_are_known():
    calendar = make_calendar(public=PublicDays(range(2025, 2029), {}))
    for ask in (
        lambda: calendar.add(MONDAY, 10_000 * HOUR),
        lambda: calendar.next_open(MONDAY.replace(year=2300)),
        lambda: calendar.between(MONDAY.replace(year=2024), MONDAY),
    ):
        with pytest.raises(BeyondHorizon, match="2026 to 2027"):
            ask()


def test_time_is_not_taken_away_and_a_moment_without_a_zone_is_no_moment():
    with pytest.raises(ValueError, match="not taken away"):
        make_calendar().add(MONDAY, -HOUR)
    with pytest.raises(TypeError):
        make_calendar().add(MONDAY.replace(tzinfo=None), HOUR)


def test_a_deadline_is_provisional_while_the_country_may_still_move_days():
    public = PublicDays(range(2020, 2032), {}, provisional_from=date(2027, 1, 1))
    calendar = make_calendar(time_zone="Asia/Shanghai", public=public)
    turn = datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert [calendar.is_provisional(at) for at in (turn - HOUR, turn)] == [False, True]


NINE = [("09:00", "18:00")]
WRONG = [
    ("Mars/Olympus", {"mon": NINE}, "/time_zone", "no time zone"),
    ("UTC", {}, "/hours", "without working time"),
    ("UTC", {"mon": [], "tue": []}, "/hours", "without working time"),
    ("UTC", {"monday": NINE}, "/hours", "none of mon"),
    ("UTC", {"mon": [("22:00", "06:00")]}, "/hours/mon/0", "crosses midnight"),
    ("UTC", {"mon": [("09:00", "09:00")]}, "/hours/mon/0", "ends before"),
    ("UTC", {"tue": [*NINE, ("17:00", "19:00")]}, "/hours/tue/1", "overlaps"),
    ("UTC", {"tue": [("17:00", "19:00"), *NINE]}, "/hours/tue/0", "overlaps"),
    ("UTC", {"mon": [("9:00", "18:00")]}, "/hours/mon/0/0", "written as"),
    ("UTC", {"mon": [("09:00", "24:30")]}, "/hours/mon/0/1", "written as"),
    ("UTC", {"mon": [("09:00", "25:00")]}, "/hours/mon/0/1", "written as"),
]


@pytest.mark.parametrize(("time_zone", "week", "pointer", "message"), WRONG)
def test_a_calendar_that_makes_no_sense_is_refused_where_it_makes_none(time_zone, week, pointer, message):
    with pytest.raises(CalendarError, match=message) as refused:
        opening_hours.parse_opening_hours(time_zone, week)
    assert refused.value.pointer == pointer


def test_a_day_is_not_both_off_and_working():
    with pytest.raises(CalendarError) as refused:
        make_calendar(off=[date(2026, 3, 3)], working=[date(2026, 3, 2), date(2026, 3, 3)])
    assert refused.value.pointer == "/holidays/working/1"


def test_intervals_may_touch_and_come_in_any_order():
    calendar = make_calendar(("12:00", "24:00"), ("00:00", "12:00"))
    assert calendar.between(MONDAY, MONDAY + 7 * DAY) == 5 * DAY
