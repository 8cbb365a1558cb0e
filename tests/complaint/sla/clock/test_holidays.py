"""Holidays and make-up days as the countries have announced them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from heed_complaint.sla.clock.holidays import public_days
from heed_complaint.sla.clock.opening_hours import CalendarError
from tests.complaint.factories.calendars import make_calendar

YEARS = range(2020, 2031)
TODAY = date(2026, 3, 2)
HOUR = timedelta(hours=1)


def worked(calendar, day):
    midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=calendar.hours.zone)
    return calendar.between(midnight, midnight + timedelta(days=1)) / HOUR


@pytest.fixture(scope="module")
def china():
    lunch = (("09:00", "12:00"), ("13:30", "18:00"))
    return make_calendar(*lunch, time_zone="Asia/Shanghai", public=public_days("CN", years=YEARS, today=TODAY))


@pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
def test_china_works_on_its_make_up_days_of_2026(china, day):
    assert date.fromisoformat(f"2026-{day}").weekday() >= 5
    assert worked(china, f"2026-{day}") == 7.5


@pytest.mark.parametrize("day", ["2026-02-17", "2026-02-23", "2026-10-07", "2026-02-21", "2026-05-16"])
def test_china_rests_on_its_holidays_the_days_given_for_them_and_usual_weekends(china, day):
    assert worked(china, day) == 0


def test_chinas_next_year_is_provisional_until_its_list_is_out(china):
    announced = china.hours.public.provisional_from.year - 1
    assert announced >= 2026
    turn = datetime(announced, 12, 31, 16, tzinfo=UTC)
    assert not china.is_provisional(turn - HOUR)
    assert china.is_provisional(turn)


@pytest.mark.parametrize(
    ("country", "years", "provisional_from"),
    [
        ("SA", YEARS, "2026-03-18"),
        ("IN", YEARS, "2027-03-09"),
        ("MY", YEARS, "2028-01-25"),
        ("ID", YEARS, "2027-03-09"),
        ("TR", range(2020, 2046), "2033-01-01"),
    ],
)
def test_holidays_by_the_moon_are_provisional_from_the_day_before_the_first_estimated_one(
    country, years, provisional_from
):
    found = public_days(country, years=years, today=TODAY)
    assert found.provisional_from == date.fromisoformat(provisional_from)


def test_an_estimated_holiday_that_is_over_makes_nothing_provisional():
    after_the_last = public_days("SA", years=range(2020, 2027), today=date(2026, 12, 31))
    assert after_the_last.provisional_from is None


def test_a_country_that_moves_no_days_is_never_provisional():
    assert public_days("US", years=YEARS, today=TODAY).provisional_from is None


def test_a_part_of_a_country_has_feasts_of_its_own():
    epiphany = date(2026, 1, 6)
    assert epiphany in public_days("DE", "BY", years=YEARS, today=TODAY).holidays
    assert epiphany not in public_days("DE", "HH", years=YEARS, today=TODAY).holidays


def test_only_the_years_that_were_read_are_frozen():
    frozen = public_days("CN", years=range(2025, 2027), today=TODAY)
    assert {day.year for day in (*frozen.holidays, *frozen.working)} == {2025, 2026}


@pytest.mark.parametrize(
    ("place", "pointer"), [(("XX", None), "/holidays/country"), (("DE", "ZZ"), "/holidays/subdivision")]
)
def test_an_unknown_country_or_subdivision_is_refused(place, pointer):
    with pytest.raises(CalendarError) as refused:
        public_days(*place, years=YEARS, today=TODAY)
    assert refused.value.pointer == pointer
