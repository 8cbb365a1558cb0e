"""Rate limits and client addresses."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.http.rate_limit import MAX_CLIENTS, Rate, RateLimited, RateLimiter, client_ip

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GENEROUS = Rate(10**6, MINUTE)


def admitted_moments(limiter, moments, *, client="a"):
    """Return the moments at which the client was admitted."""
    admitted = []
    for moment in moments:
        try:
            limiter.check(client, now=NOON + moment)
        except RateLimited:
            continue
        admitted.append(moment)
    return admitted


@given(
    st.integers(1, 8),
    st.lists(st.integers(0, 300).map(lambda seconds: timedelta(seconds=seconds)), max_size=60).map(sorted),
)
def test_after_a_pause_of_one_window_the_whole_limit_is_available_and_never_twice(times, moments):
    limiter = RateLimiter(per_client=Rate(times, MINUTE), overall=GENEROUS)
    admitted = admitted_moments(limiter, moments)
    for begin in admitted:
        within = [moment for moment in admitted if begin <= moment < begin + MINUTE]
        assert len(within) < 2 * times
    end = max(moments, default=timedelta(0)) + MINUTE
    assert len(admitted_moments(limiter, [end] * (times + 3))) == times


@given(st.integers(1, 8), st.integers(0, 20))
def test_a_client_that_waits_for_the_retry_after_is_admitted(times, more):
    limiter = RateLimiter(per_client=Rate(times, MINUTE), overall=GENEROUS)
    admitted_moments(limiter, [timedelta(0)] * (times + more))
    with pytest.raises(RateLimited) as refused:
        limiter.check("a", now=NOON)
    assert 0 < refused.value.seconds <= 60
    limiter.check("a", now=NOON + timedelta(seconds=refused.value.seconds))


def test_clients_have_separate_limits():
    limiter = RateLimiter(per_client=Rate(2, MINUTE), overall=GENEROUS)
    assert len(admitted_moments(limiter, [timedelta(0)] * 5)) == 2
    assert len(admitted_moments(limiter, [timedelta(0)] * 5, client="b")) == 2


def test_refused_requests_do_not_count_towards_the_overall_limit():
    limiter = RateLimiter(per_client=Rate(2, MINUTE), overall=Rate(3, MINUTE))
    assert len(admitted_moments(limiter, [timedelta(0)] * 50)) == 2
    assert len(admitted_moments(limiter, [timedelta(0)] * 5, client="b")) == 1


def test_past_clients_are_removed_and_their_number_is_bounded():
    limiter = RateLimiter(per_client=Rate(2, MINUTE), overall=Rate(10**9, MINUTE))
    for number in range(MAX_CLIENTS + 50):
        limiter.check(str(number), now=NOON)
    assert len(limiter._theoretical_arrival) == MAX_CLIENTS
    limiter.check("late", now=NOON + 2 * MINUTE)
    assert list(limiter._theoretical_arrival) == ["late"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "client"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "8.8.8.8, 198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.1", "8.8.8.8, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", 3, "198.51.100.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "nonsense", 1, "10.0.0.1"),
        ("::ffff:203.0.113.9", "", 0, "203.0.113.9"),
        (None, "", 0, ""),
    ],
)
def test_the_client_is_the_address_that_the_outermost_trusted_proxy_saw(peer, forwarded, proxies, client):
    assert client_ip(peer, forwarded, proxies=proxies) == client


def test_all_addresses_behind_one_connection_are_one_client():
    one, two, other = "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"
    assert client_ip(one, "", proxies=0) == client_ip(two, "", proxies=0) != client_ip(other, "", proxies=0)
