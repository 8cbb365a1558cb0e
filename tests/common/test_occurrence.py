"""When something may have happened."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.occurrence import InTheFuture, TooEarly, check_occurrence, occurrence_error

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLIEST = date(1970, 1, 1)
MOMENTS = st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 zone beside


@given(MOMENTS)
def test_what_happened_lies_between_the_earliest_day_and_now(moment):
    error = occurrence_error(moment, earliest=EARLIEST, now=NOW, pointer="/occurred_at")
    expected = TooEarly if moment.year < 1970 else InTheFuture if moment > NOW + timedelta(minutes=5) else type(None)
    assert type(error) is expected


def test_the_first_moment_of_the_earliest_day_is_accepted():
    check_occurrence(datetime(1970, 1, 1, tzinfo=UTC), earliest=EARLIEST, now=NOW, pointer="/occurred_at")
    still_the_day_before = datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    with pytest.raises(TooEarly, match="before 1970-01-01") as refused:
        check_occurrence(still_the_day_before, earliest=EARLIEST, now=NOW, pointer="/occurred_at")
    assert refused.value.pointer == "/occurred_at"
