"""Outcomes of attempts, and when the next one is made."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_customer.subscriptions.delivery import rules

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("9" * 5000, 3600.0),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text, seconds):
    assert rules.retry_after(503, {"retry-after": text}, now=NOW) == seconds
    assert rules.retry_after(500, {"retry-after": text}, now=NOW) is None


DATES = st.builds("Mon, {} Jan {} {}:00:00 {:+}".format, *(st.integers(0, 10**20) for _ in range(3)), st.integers())


@given(st.text() | DATES)
def test_no_receiver_ends_its_delivery_by_a_header(text):
    seconds = rules.retry_after(429, {"retry-after": text}, now=NOW)
    assert seconds is None or 0 <= seconds <= rules.MAX_RETRY_AFTER_SECONDS


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_to_the_longest_one(failures, jitter):
    pause = rules.pause_after(failures, longest=300, jitter=jitter)
    assert 0.5 <= pause <= 300
    assert pause <= rules.pause_after(failures + 1, longest=300, jitter=jitter)
