"""States of one key in several databases converge, and no key grants more than it has."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.keys import rules
from heed_common.keys.rules import Grantor, Key, KeyState
from tests.conftest import NOON

HOUR = timedelta(hours=1)
SECRET, FORMER, OTHER = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
MOMENTS = st.none() | st.integers(-3, 3).map(lambda hours: NOON + hours * HOUR)
SCOPES = st.frozensets(st.sampled_from([rules.ADMIN, "admin:read", "scores:read"]))
KEYS = st.builds(
    Key,
    id=st.just("till"),
    secret_hash=st.sampled_from([SECRET, FORMER, OTHER]),
    name=st.sampled_from(["till", "shop"]),
    scopes=SCOPES,
    created_at=st.just(NOON),
    expires_at=MOMENTS,
    previous_hash=st.none() | st.just(FORMER),
    previous_expires_at=MOMENTS,
    rate_limit=st.none() | st.integers(1, 3),
    revoked_at=MOMENTS,
    last_used_at=MOMENTS,
    version=st.integers(1, 3),
)


def make_key(id_="till", **values):
    values = {"secret_hash": SECRET, "name": "till", "scopes": frozenset({rules.ADMIN}), "created_at": NOON} | values
    return Key(id_, **values)


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_merged_states_do_not_depend_on_the_order_or_on_repetitions(keys):
    merged = rules.merge(keys)
    assert {rules.merge(order) for order in permutations(keys)} == {merged}
    assert rules.merge([merged, *keys]) == merged


@given(st.lists(KEYS, min_size=1, max_size=4))
def test_a_key_that_one_database_has_as_revoked_is_revoked_in_all(keys):
    is_revoked = any(key.revoked_at is not None for key in keys)
    assert (rules.merge(keys).state(now=NOON) is KeyState.REVOKED) == is_revoked


@given(KEYS, SCOPES, MOMENTS, st.none() | st.integers(1, 3), SCOPES, MOMENTS, st.none() | st.integers(1, 3))
def test_what_passes_the_checks_can_do_no_more_than_its_grantor(key, scopes, expires_at, rate, held, until, limit):
    grantor = Grantor("key:admin", held, "admin", until, limit)
    refused = rules.ungrantable_scopes(scopes, grantor), rules.outlives(expires_at, grantor)
    if not any((*refused, rules.exceeds_rate(rate, grantor))):
        assert scopes <= held
        assert until is None or (expires_at is not None and expires_at <= until)
        assert limit is None or (rate is not None and rate <= limit)


def test_the_former_secret_is_accepted_during_the_overlap_only():
    key = rules.rotated(make_key(), OTHER, overlap_until=NOON + HOUR)
    assert key.accepts(SECRET, now=NOON)
    assert key.accepts(OTHER, now=NOON)
    assert not key.accepts(FORMER, now=NOON)
    assert not key.accepts(SECRET, now=NOON + HOUR)
    assert key.accepts(OTHER, now=NOON + HOUR)


def test_a_second_rotation_ends_the_secret_before_the_former_one():
    twice = rules.rotated(
        rules.rotated(make_key(), FORMER, overlap_until=NOON + HOUR), OTHER, overlap_until=NOON + HOUR
    )
    assert [twice.accepts(secret, now=NOON) for secret in (SECRET, FORMER, OTHER)] == [False, True, True]


def test_without_an_overlap_the_former_secret_ends_at_once():
    key = rules.rotated(make_key(), OTHER, overlap_until=None)
    assert not key.accepts(SECRET, now=NOON)
    assert not key.accepts(bytes(32), now=NOON)


def test_no_secret_opens_an_expired_or_revoked_key():
    overlapping = rules.rotated(make_key(expires_at=NOON + HOUR), OTHER, overlap_until=NOON + 9 * HOUR)
    assert overlapping.previous_expires_at == NOON + HOUR
    revoked = rules.revoked(overlapping, now=NOON)
    assert not any(overlapping.accepts(secret, now=NOON + HOUR) for secret in (SECRET, OTHER))
    assert not any(revoked.accepts(secret, now=NOON) for secret in (SECRET, OTHER))
    assert rules.revoked(revoked, now=NOON + HOUR) == revoked


@pytest.mark.parametrize(
    ("other", "is_last"),
    [
        (make_key("spare"), False),
        (make_key("spare", scopes=frozenset({"admin:read"})), True),
        (make_key("spare", revoked_at=NOON), True),
        (make_key("spare", expires_at=NOON), True),
        (make_key("spare", expires_at=NOON + 9 * HOUR), True),
    ],
    ids=["equal", "reads only", "revoked", "expired", "ends sooner"],
)
def test_the_last_key_that_manages_keys_is_recognised(other, is_last):
    assert rules.is_last_admin(make_key(), [make_key(), other], now=NOON) is is_last


def test_a_key_that_expires_may_be_replaced_by_one_that_expires_as_late():
    key = make_key(expires_at=NOON + HOUR)
    assert not rules.is_last_admin(key, [key, replace(key, id="spare")], now=NOON)
    assert rules.is_last_admin(key, [key, replace(key, id="spare", expires_at=NOON + HOUR / 2)], now=NOON)
    assert not rules.is_last_admin(make_key(scopes=frozenset()), [], now=NOON)
