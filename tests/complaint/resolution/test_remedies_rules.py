"""Limits of remedies on one complaint."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import RemedyKind
from heed_complaint.resolution.playbooks.rules import Limits
from heed_complaint.resolution.remedies import rules
from heed_complaint.resolution.remedies.rules import ExchangeRates, RemedyAmount

EXCHANGE_RATES = ExchangeRates("USD", {"EUR": Decimal("1.08"), "JPY": Decimal("0.0067")})
NO_ONE: frozenset[str] = frozenset()

money = st.decimals(min_value=0, max_value=300, places=4)
amounts = st.lists(
    st.builds(
        RemedyAmount,
        kind=st.sampled_from(RemedyKind),
        amount=money,
        cost=st.none() | money,
        currency=st.sampled_from(["USD", "EUR", "JPY", "CHF"]),
    ),
    max_size=25,
)
limits = st.builds(
    Limits,
    kinds=st.dictionaries(st.sampled_from(RemedyKind), st.none() | money),
    total=money,
    currency=st.sampled_from([None, "EUR"]),
    scopes=st.just(NO_ONE),
    agents=st.just(NO_ONE),
)


def worth(amounts, currency):
    return sum((EXCHANGE_RATES.convert(amount.worth, amount.currency, currency) for amount in amounts), Decimal(0))


@given(amounts, limits)
def test_remedies_without_approval_stay_within_every_limit(amounts, limits):
    currency = limits.currency or "USD"
    given_so_far: list[RemedyAmount] = []
    for amount in amounts:
        if rules.check_limits(amount, given=given_so_far, limits=limits, exchange_rates=EXCHANGE_RATES) is None:
            given_so_far.append(amount)
    assert worth(given_so_far, currency) <= limits.total
    for kind in RemedyKind:
        of_kind = worth([amount for amount in given_so_far if amount.kind is kind], currency)
        limit = limits.kinds.get(kind, Decimal(0))
        assert limit is None or of_kind <= limit


@given(amounts, limits, money)
def test_the_remainder_of_a_limit_is_allowed_and_one_cent_more_is_not(amounts, limits, limit):
    own = Limits({RemedyKind.REFUND: limit}, None, "USD", NO_ONE, NO_ONE)
    before = [amount for amount in amounts if amount.currency == "USD" and amount.kind is RemedyKind.REFUND]
    left = limit - worth(before, "USD")
    if left <= 0:
        return
    exactly = RemedyAmount(RemedyKind.REFUND, left, None, "USD")
    more = RemedyAmount(RemedyKind.REFUND, left + Decimal("0.0001"), None, "USD")
    assert rules.check_limits(exactly, given=before, limits=own, exchange_rates=EXCHANGE_RATES) is None
    too_much = rules.check_limits(more, given=before, limits=own, exchange_rates=EXCHANGE_RATES)
    assert too_much is not None
    assert too_much.limit == limit


@pytest.mark.parametrize(
    ("by", "scopes", "may"),
    [
        ("anybody", {"settings:write"}, True),
        ("anybody", {"complaints:write"}, False),
        ("anybody", {"scores:read"}, True),
        ("the boss", set(), True),
        ("scores:read", set(), False),
    ],
)
def test_authorisers_are_named_by_scope_or_by_id(by, scopes, may):
    limits = Limits({}, None, None, frozenset({"scores:read"}), frozenset({"the boss"}))
    assert rules.can_authorise(limits, by=by, scopes=scopes) is may


def test_limits_that_a_playbook_leaves_open_fall_back_to_the_general_ones():
    general = Limits({RemedyKind.REFUND: Decimal(50)}, Decimal(90), None, NO_ONE, frozenset({"boss"}))
    own = Limits({RemedyKind.REFUND: None, RemedyKind.REPAIR: None}, None, None, NO_ONE, frozenset({"expert"}), "mine")
    both = rules.merge_limits(own, general)
    assert both.kinds == {RemedyKind.REFUND: Decimal(50), RemedyKind.REPAIR: None}
    assert (both.total, both.agents, both.playbook) == (Decimal(90), {"boss", "expert"}, "mine")
    in_euros = Limits({RemedyKind.REFUND: None}, None, "EUR", NO_ONE, NO_ONE, "mine")
    assert rules.merge_limits(in_euros, general).kinds == {RemedyKind.REFUND: None}
