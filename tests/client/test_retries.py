"""A request is repeated exactly where that does no harm."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_client import Retries

KEY = {"idempotency-key": "k"}
RETRIES = Retries(attempts=3, first_pause=1.0, longest_pause=10.0)


def request(method: str, **headers: str) -> httpx.Request:
    return httpx.Request(method, "http://heed.test/v1/things", headers=headers)


def is_repeated(method: str, outcome: httpx.Response | httpx.TransportError, *, has_key: bool = False) -> bool:
    sent = httpx.Request(method, "http://heed.test/v1/things", headers=KEY if has_key else {})
    return RETRIES.pause(sent, outcome, attempt=1) is not None


@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_may_have_been_done_is_repeated_only_under_a_key_or_as_a_read(status):
    busy = httpx.Response(status)
    assert is_repeated("GET", busy)
    assert is_repeated("POST", busy, has_key=True)
    assert not any(is_repeated(method, busy) for method in ("POST", "PUT", "PATCH", "DELETE"))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_what_cannot_have_been_done_is_repeated(method):
    assert is_repeated(method, httpx.Response(429))
    assert is_repeated(method, httpx.ConnectError("refused"))
    assert is_repeated(method, httpx.ReadTimeout("late")) == (method == "GET")


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 404, 409, 412, 422, 500])
def test_everything_else_is_final(status):
    assert not is_repeated("GET", httpx.Response(status))
    assert not is_repeated("POST", httpx.Response(status), has_key=True)


def test_a_write_that_is_still_being_processed_is_sent_again():
    in_flight = httpx.Response(409, json={"code": "idempotency_in_flight"})
    assert is_repeated("POST", in_flight, has_key=True)
    assert not is_repeated("POST", httpx.Response(409, json=["idempotency_in_flight"]), has_key=True)


def test_retry_after_is_a_number_or_a_date_and_too_long_a_pause_is_final():
    def pause(text: str) -> float | None:
        return RETRIES.pause(request("GET"), httpx.Response(503, headers={"retry-after": text}), attempt=1)

    assert pause("7") == 7.0
    assert pause("11") is None
    later = pause(format_datetime(datetime.now(UTC) + timedelta(seconds=5), usegmt=True))
    assert later is not None
    assert 2 < later <= 5
    assert 0.5 <= (pause("soon") or 0.0) <= 1.0


@given(attempt=st.integers(1, 50), attempts=st.integers(1, 50))
def test_pauses_grow_within_their_limit_and_attempts_end(attempt, attempts):
    retries = Retries(attempts=attempts, first_pause=0.5, longest_pause=4.0)
    pause = retries.pause(request("GET"), httpx.Response(503), attempt=attempt)
    if attempt >= attempts:
        assert pause is None
    else:
        longest = min(0.5 * 2 ** (attempt - 1), 4.0)
        assert pause is not None
        assert longest / 2 <= pause <= longest
