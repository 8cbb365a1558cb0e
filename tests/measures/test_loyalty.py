"""Loyalty index and class, and their normalisation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import loyalty, normalisation
from heed_measures.errors import InvalidInput
from tests.examples import examples

few = examples(30)

SCALE = {"x_no": [0, 90, 0.3], "x_sat": [10, 7, 0.0], "weights": [2, 1, 1]}
maybe = st.one_of(st.just(np.nan), st.floats(-100, 100))


@pytest.mark.parametrize(("x", "points"), [(0, 60), (10, 100), (5, 80), (-15, 0), (-40, 0), (99, 100)])
def test_the_unacceptable_value_is_worth_60_points_and_the_satisfying_one_100(x, points):
    assert normalisation.efficacy(x, x_no=0, x_sat=10) == pytest.approx(points)


def test_where_less_is_better_the_scale_turns_around():
    assert normalisation.efficacy([0.0, 0.15, 0.3, 0.9], x_no=0.3, x_sat=0.0) == pytest.approx([100, 80, 60, 0])


def test_a_scale_without_length_is_refused():
    with pytest.raises(InvalidInput):
        normalisation.efficacy(1.0, x_no=3, x_sat=3)
    with pytest.raises(InvalidInput):
        normalisation.index(1.0, reference=0)


def test_an_index_is_per_cent_of_its_reference():
    assert normalisation.index([5, 20], reference=[10, 10]) == pytest.approx([50, 200])


def test_the_index_is_the_weighted_mean_of_the_known_indicators():
    result = loyalty.loyalty_index([[10, 90, 0.3], [5, np.nan, np.nan], [np.nan] * 3], **SCALE)
    assert result.points[:2] == pytest.approx([80, 80])
    assert np.isnan(result.points[2])
    assert result.coverage == pytest.approx([1, 0.5, 0])


@few
@given(st.lists(st.tuples(maybe, maybe, maybe), min_size=1, max_size=10))
def test_the_parts_of_an_index_add_up_to_it_and_it_stays_between_0_and_100(table):
    result = loyalty.loyalty_index(table, **SCALE)
    known = ~np.isnan(result.points)
    assert result.contributions.sum(axis=1)[known] == pytest.approx(result.points[known])
    assert ((result.points[known] >= 0) & (result.points[known] <= 100 + 1e-9)).all()
    assert (known == (result.coverage > 0)).all()


@given(st.floats(-20, 20), st.floats(0, 20), st.floats(0, 100))
def test_more_of_a_good_indicator_never_lowers_loyalty(purchases, more, recency):
    less, better = loyalty.loyalty_index([[purchases, recency, 0.1], [purchases + more, recency, 0.1]], **SCALE).points
    assert better >= less


@pytest.mark.parametrize("weights", [[0, 0, 0], [1, -1, 1], [1, 1], [np.nan, 1, 1]])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(InvalidInput):
        loyalty.loyalty_index([[1, 2, 3]], **{**SCALE, "weights": weights})


@pytest.mark.parametrize(
    ("attitude", "behaviour", "label"),
    [(80, 80, "true"), (80, 20, "latent"), (20, 80, "spurious"), (20, 20, "none"), (60, 60, "true")],
)
def test_the_class_follows_from_attitude_and_behaviour(attitude, behaviour, label):
    assert loyalty.CLASSES[loyalty.classify(attitude, behaviour)] == label


def test_without_one_of_the_two_there_is_no_class():
    assert loyalty.classify([np.nan, 80], [80, np.nan]).tolist() == [loyalty.UNKNOWN_CLASS, loyalty.UNKNOWN_CLASS]
