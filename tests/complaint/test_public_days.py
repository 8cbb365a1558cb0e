"""Holidays and make-up days as the countries have announced them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from heed_complaint.sla.hours import CalendarError
from heed_complaint.sla.public_days import public_days
from tests.complaint.calendars import make_calendar

YEARS = range(2020, 2031)
HOUR = timedelta(hours=1)


def worked(calendar, day):
    midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=calendar.hours.zone)
    return calendar.between(midnight, midnight + timedelta(days=1)) / HOUR


@pytest.fixture(scope="module")
def china():
    lunch = (("09:00", "12:00"), ("13:30", "18:00"))
    return make_calendar(*lunch, time_zone="Asia/Shanghai", public=public_days("CN", years=YEARS))


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


def test_a_country_that_moves_no_days_is_never_provisional():
    assert public_days("US", years=YEARS).provisional_from is None


def test_a_part_of_a_country_has_feasts_of_its_own():
    epiphany = date(2026, 1, 6)
    assert epiphany in public_days("DE", "BY", years=YEARS).off
    assert epiphany not in public_days("DE", "HH", years=YEARS).off


def test_only_the_years_that_were_asked_for_are_frozen():
    frozen = public_days("CN", years=range(2025, 2027))
    assert {day.year for day in (*frozen.off, *frozen.working)} == {2025, 2026}


@pytest.mark.parametrize(
    ("place", "pointer"), [(("XX", None), "/holidays/country"), (("DE", "ZZ"), "/holidays/subdivision")]
)
def test_a_place_of_which_nothing_is_known_is_refused(place, pointer):
    with pytest.raises(CalendarError) as refused:
        public_days(*place, years=YEARS)
    assert refused.value.pointer == pointer
