from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_customer.reach.permits.quiet_hours import QuietHours, next_within
from heed_customer.reach.permits.rules import send_after
from tests.customer.reach.permits.test_rules import ask, reachable

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(8))
OFFICE = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

YEAR_STARTS = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda elapsed: YEAR_STARTS + elapsed)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]).map(ZoneInfo)


@given(st.builds(QuietHours, times, times), moments, zones)
def test_nothing_is_sent_in_quiet_hours_and_nothing_a_day_late(quiet, at, zone):
    later = quiet.next_end(at, zone=zone)
    assert at <= later <= at + timedelta(hours=26)
    assert not quiet.include(later.astimezone(zone).time())
    if not quiet.include(at.astimezone(zone).time()):
        assert later == at


@given(moments, zones)
def test_preferred_hours_are_met_within_a_week(at, zone):
    later = next_within(OFFICE, at, zone=zone)
    local = later.astimezone(zone)
    assert at <= later < at + timedelta(days=4)
    assert local.weekday() < 5
    assert time(9) <= local.time() < time(12) or time(13, 30) <= local.time() < time(18)


def test_without_any_preferred_hour_the_moment_stays():
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert next_within({"mon": []}, at, zone=SHANGHAI) == at


def test_the_night_is_that_of_the_customer():
    at = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai, 15:30 in Berlin
    assert NIGHT.next_end(at, zone=SHANGHAI) == datetime(2026, 3, 3, tzinfo=UTC)
    assert NIGHT.next_end(at, zone=BERLIN) == at


def test_an_end_that_comes_twice_in_a_night_is_never_before_now():
    quiet = QuietHours(time(22), time(2, 30))
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 in Berlin for the second time
    assert quiet.next_end(second, zone=BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_day_may_end_at_24_00():
    at = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)  # Monday, 23:59 in Shanghai
    hours = {"mon": [["20:00", "24:00"]]}
    assert next_within(hours, at, zone=SHANGHAI) == at
    assert next_within(hours, at + timedelta(minutes=1), zone=SHANGHAI) == datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["21-08", "21:00-8:00", "21:00–08:00", "24:00-08:00", ""])
def test_malformed_quiet_hours_are_refused(text):
    with pytest.raises(ValueError, match="two times of day"):
        QuietHours.parse(text)


def test_service_is_written_at_night_and_everything_else_in_the_morning():
    at, morning = datetime(2026, 3, 2, 15, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    expected = [
        (ask(), at),
        (ask(promotional=True), morning),
        (ask(ContactPurpose.SURVEY), morning),
        (ask(ContactPurpose.MARKETING), morning),
    ]
    for request, moment in expected:
        assert send_after(request, reachable(), quiet=NIGHT, zone=SHANGHAI, now=at) == moment
        assert send_after(request, reachable(), quiet=None, zone=SHANGHAI, now=at) == at


def test_hours_that_the_customer_prefers_replace_the_quiet_hours():
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    late = {"mon": [["22:00", "24:00"]]}
    mail, phone = reachable(hours=late), reachable(ContactChannel.PHONE, hours=OFFICE)
    assert send_after(ask(ContactPurpose.SURVEY), mail, quiet=NIGHT, zone=SHANGHAI, now=at) == at
    call = send_after(ask(), phone, quiet=NIGHT, zone=SHANGHAI, now=at)
    assert call == datetime(2026, 3, 3, 1, tzinfo=UTC)
