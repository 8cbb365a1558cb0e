import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from heed_measures.errors import InvalidInput
from heed_measures.surveys.sample_size import invitations_for, margin_of, size_for_mean, size_for_share

margins = st.floats(min_value=0.005, max_value=0.4)
shares = st.floats(min_value=0.05, max_value=0.95)
populations = st.integers(min_value=1, max_value=2_000_000)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, 385),
        ({"population": 1000}, 278),
        ({"population": 100}, 80),
        ({"population": 1_000_000}, 384),
        ({"share": 0.2}, 246),
        ({"confidence": 0.99}, 664),
        ({"design_effect": 2.0}, 769),
        ({"population": 0}, 0),
    ],
)
def test_the_sizes_of_the_textbook_tables(options, size):
    assert size_for_share(0.05, **options) == size


@given(margin=margins, share=shares, population=populations, effect=st.floats(min_value=0.5, max_value=4))
def test_the_size_is_the_smallest_whose_margin_is_small_enough(margin, share, population, effect):
    size = size_for_share(margin, share=share, population=population, design_effect=effect)
    deviation = (share * (1 - share)) ** 0.5
    slack = 1 + 1e-6
    assert size <= population
    found = margin_of(size, deviation=deviation, population=population, design_effect=effect)
    if size < population:
        assert found <= margin * slack
    if size > 1:
        smaller = margin_of(size - 1, deviation=deviation, population=population, design_effect=effect)
        assert smaller * slack >= margin


@given(deviation=st.floats(min_value=0.1, max_value=50), margin=st.floats(min_value=0.05, max_value=5))
def test_without_a_population_the_size_is_that_of_the_normal_interval(deviation, margin):
    expected = (norm.ppf(0.975) * deviation / margin) ** 2
    assert 0 <= size_for_mean(margin, deviation=deviation) - expected < 1 + 1e-6


def test_a_census_has_no_margin():
    assert margin_of(500, population=500) == 0
    assert margin_of(1, population=1) == 0


def test_more_customers_are_invited_where_few_respond():
    assert invitations_for(278, response_rate=0.25, population=10_000) == 1112
    assert invitations_for(278, response_rate=0.25, population=1000) == 1000
    assert invitations_for(30, response_rate=0.1) == 300


@pytest.mark.parametrize(
    "wrong",
    [
        {"margin": 0},
        {"margin": float("nan")},
        {"share": 1.1},
        {"population": -1},
        {"confidence": 1},
        {"design_effect": 0},
    ],
)
def test_impossible_requirements_are_refused(wrong):
    margin = wrong.pop("margin", 0.05)
    with pytest.raises(InvalidInput):
        size_for_share(margin, **wrong)


@pytest.mark.parametrize("rate", [0, 1.5, float("nan")])
def test_an_impossible_response_rate_is_refused(rate):
    with pytest.raises(InvalidInput):
        invitations_for(10, response_rate=rate)


def test_a_sample_larger_than_its_population_has_no_margin():
    with pytest.raises(InvalidInput):
        margin_of(11, population=10)
