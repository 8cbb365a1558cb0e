"""How operators write how long something may take."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.sla.clock import opening_hours
from heed_complaint.sla.clock.durations import Duration, DurationError, parse
from heed_complaint.sla.clock.opening_hours import DAYS
from heed_complaint.sla.terms.calendars.rules import typical_working_day

HOUR = timedelta(hours=1)
LUNCH = (("09:00", "12:00"), ("13:30", "18:00"))


@pytest.mark.parametrize(
    ("written", "days", "rest"),
    [
        ("P5D", 5, timedelta()),
        ("PT8H", 0, 8 * HOUR),
        ("PT30M", 0, HOUR / 2),
        ("P1DT4H30M", 1, 4.5 * HOUR),
        ("PT36H", 0, 36 * HOUR),
        ("PT1H30M15S", 0, timedelta(hours=1, minutes=30, seconds=15)),
    ],
)
def test_days_stay_apart_from_hours(written, days, rest):
    assert parse(written) == Duration(days, rest)


@pytest.mark.parametrize(
    "written",
    ["", "P", "PT", "P1DT", "5D", "P1W", "P1M", "P1Y", "PT1.5H", "P-1D", "PT0S", "P0D", "P367D", "pt8h", "PT8H "],
)
def test_what_is_no_duration_or_none_that_makes_sense_is_refused(written):
    with pytest.raises(DurationError):
        parse(written)


@given(st.integers(0, 300), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_the_parts_of_a_duration_add_up(days, hour, minute, second):
    if days + hour + minute + second:
        duration = parse(f"P{days}DT{hour}H{minute}M{second}S")
        assert duration.working_time(timedelta(days=1)) == timedelta(
            days=days, hours=hour, minutes=minute, seconds=second
        )


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        ({day: [("09:00", "18:00")] for day in DAYS[:5]}, 9 * HOUR),
        (
            {day: [("09:00", "12:00"), ("13:30", "18:00")] for day in DAYS[:5]} | {"sat": [("09:00", "12:00")]},
            7.5 * HOUR,
        ),
        ({"mon": [("09:00", "12:00")], "tue": [("09:00", "18:00")]}, 9 * HOUR),
        ({day: [("00:00", "24:00")] for day in DAYS}, 24 * HOUR),
    ],
)
def test_a_day_of_work_is_as_long_as_most_days_of_the_week(week, expected):
    assert typical_working_day(opening_hours.parse_opening_hours("UTC", week)) == expected
