"""A day is one of the wall calendar of a zone: it may have 23 or 25 hours, or no midnight."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heed_common.business_days import DAY, UTC_DAYS, BusinessDays
from tests.examples import examples

ZONES = (
    "UTC", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "America/Toronto", "Asia/Beirut",
    "Asia/Kathmandu", "Asia/Shanghai", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia",
    "Pacific/Kiritimati",
)  # fmt: skip
zones = st.sampled_from(ZONES).map(BusinessDays.of)
moments = st.integers(0, 25 * 365 * 24 * 3600).map(lambda second: at("2012-01-01T00:00") + timedelta(seconds=second))
SKIPPED = ("Pacific/Apia", date(2011, 12, 30))
"""Samoa crossed the date line."""


def at(written):
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("UTC", date(2026, 3, 8), "2026-03-08T00:00", 24),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00", 23),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00", 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00", 24.5),
        # Where midnight is skipped the day begins at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", 23),
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00", 23),
        # From 23:30 on Sunday to 00:30 on Monday: midnight lies within the gap.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30", 23.5),
        # 01:00 became 00:00: the first of two midnights counts.
        ("America/Havana", date(2026, 11, 1), "2026-11-01T04:00", 25),
        # A whole day was skipped.
        (*SKIPPED, "2011-12-30T10:00", 0),
    ],
)
def test_a_day_begins_at_the_first_moment_that_bears_its_date(zone, day, start, hours):
    days = BusinessDays.of(zone)
    assert days.start_of(day) == at(start)
    assert days.end_of(day) - days.start_of(day) == timedelta(hours=hours)


@given(zones, st.dates(date(1915, 1, 1), date(2037, 12, 31)))
@example(BusinessDays.of("America/Toronto"), date(1919, 3, 31))
@examples(400)
def test_the_moment_before_the_start_belongs_to_the_day_before(days, day):
    start = days.start_of(day)
    assert days.day_of(start - timedelta(microseconds=1)) < day
    assert days.day_of(start) == day or (days.time_zone, day) == SKIPPED
    assert start == days.end_of(day - DAY)


@given(zones, moments)
@examples(400)
def test_a_moment_lies_between_the_start_and_the_end_of_its_day(days, moment):
    day = days.day_of(moment)
    assert days.start_of(day) <= moment < days.end_of(day)


@given(moments)
def test_in_utc_a_day_is_what_it_always_was(moment):
    assert UTC_DAYS.day_of(moment) == moment.date()
    assert UTC_DAYS.start_of(moment.date()).time() == datetime.min.time()


@pytest.mark.parametrize("zone", ZONES)
def test_both_ends_of_the_calendar_have_a_day(zone):
    days = BusinessDays.of(zone)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert days.day_of(first) - date.min < DAY
    assert date.max - days.day_of(last) < DAY


def test_the_days_of_a_year_follow_each_other_without_gap_or_overlap():
    days = BusinessDays.of("America/New_York")
    starts = [days.start_of(date(2026, 1, 1) + DAY * n) for n in range(366)]
    lengths = [later - earlier for earlier, later in pairwise(starts)]
    assert sorted(set(lengths)) == [timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)]
    assert sum(lengths, timedelta()) == timedelta(days=365)
