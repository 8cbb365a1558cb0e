"""Outcome rates by AAPOR's definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.surveys.response_rates import Outcomes, estimated_eligibility, response_rates

COUNTS = st.builds(
    Outcomes,
    **{
        name: st.integers(0, 10_000)
        for name in ("complete", "partial", "refusal", "non_contact", "other", "unknown_household", "unknown_other")
    },
    not_eligible=st.integers(0, 10_000),
)
EXAMPLE = Outcomes(
    complete=760,
    partial=80,
    refusal=240,
    non_contact=110,
    other=10,
    unknown_household=90,
    unknown_other=210,
    not_eligible=300,
)


def test_the_rates_of_an_example_by_hand():
    rates = response_rates(EXAMPLE)
    # 1,200 are eligible, 300 unknown, 300 not eligible: e = 1200 / 1500.
    assert rates.e == pytest.approx(0.8)
    assert rates.rr1 == pytest.approx(760 / 1500)
    assert rates.rr2 == pytest.approx(840 / 1500)
    assert rates.rr3 == pytest.approx(760 / 1440)
    assert rates.rr4 == pytest.approx(840 / 1440)
    assert (rates.rr5, rates.rr6) == (pytest.approx(760 / 1200), pytest.approx(840 / 1200))
    assert (rates.coop1, rates.coop2) == (pytest.approx(760 / 1090), pytest.approx(840 / 1090))
    assert (rates.ref1, rates.con1) == (pytest.approx(240 / 1500), pytest.approx(1090 / 1500))


def test_without_cases_there_are_no_rates():
    rates = response_rates(Outcomes())
    assert (rates.rr1, rates.rr4, rates.coop1, rates.e) == (None, None, None, 1.0)


@given(COUNTS)
def test_rates_are_ordered_by_how_many_unknown_cases_they_count(outcomes):
    rates = response_rates(outcomes)
    found = [rate for rate in (rates.rr1, rates.rr3, rates.rr5) if rate is not None]
    assert found == sorted(found)
    for low, high in ((rates.rr1, rates.rr2), (rates.rr3, rates.rr4), (rates.rr5, rates.rr6)):
        assert low is None or 0 <= low <= high <= 1


@given(COUNTS)
def test_all_unknown_cases_eligible_gives_the_lowest_rate_and_none_the_highest(outcomes):
    assert response_rates(outcomes, e=1).rr3 == response_rates(outcomes).rr1
    assert response_rates(outcomes, e=0).rr4 == response_rates(outcomes).rr6
    assert 0 <= estimated_eligibility(outcomes) <= 1


@pytest.mark.parametrize("e", [-0.1, 1.1])
def test_a_share_is_between_zero_and_one(e):
    with pytest.raises(ValueError, match="e must be"):
        response_rates(EXAMPLE, e=e)


def test_counts_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        Outcomes(complete=-1)
