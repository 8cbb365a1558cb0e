"""Weights by pairwise judgement, and weights from the data alone."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures import ahp, principal_components
from heed_measures.errors import InconsistentJudgements, InvalidInput
from tests.examples import examples

few = examples(30)

DRINKS = """1 9 5 2 1 1 1/2 | 1/9 1 1/3 1/9 1/9 1/9 1/9 | 1/5 3 1 1/3 1/4 1/3 1/9 | 1/2 9 3 1 1/2 1 1/3
    | 1 9 4 2 1 2 1/2 | 1 9 3 1 1/2 1 1/3 | 2 9 9 3 2 3 1"""
drinks = np.array([[float(Fraction(number)) for number in row.split()] for row in DRINKS.split("|")])
importance = st.lists(st.floats(0.2, 5), min_size=2, max_size=10)


def test_the_seven_drinks_get_their_published_weights():
    judged = ahp.weights(drinks)
    assert judged.weights == pytest.approx([0.1775, 0.0191, 0.0418, 0.1164, 0.1896, 0.1288, 0.3268], abs=6e-5)
    assert judged.eigenvalue == pytest.approx(7.1766, abs=6e-5)
    assert judged.consistency_ratio == pytest.approx(0.0223, abs=6e-5)


@few
@given(importance)
def test_judgements_without_contradiction_give_back_the_importance_behind_them(given):
    judged = ahp.weights(np.divide.outer(given, given))
    assert judged.weights == pytest.approx(np.array(given) / sum(given), rel=1e-7)
    assert judged.consistency_ratio == pytest.approx(0, abs=1e-9)


def test_power_iteration_finds_the_same_weights():
    vector = np.ones(7)
    for _ in range(200):
        vector = drinks @ vector / (drinks @ vector).sum()
    assert ahp.weights(drinks).weights == pytest.approx(vector, rel=1e-10)


def test_a_contradiction_is_refused_and_the_judgement_to_look_at_is_named():
    wrong = np.divide.outer([8.0, 4.0, 2.0, 1.0], [8.0, 4.0, 2.0, 1.0])
    wrong[1, 3], wrong[3, 1] = 1 / 9, 9
    with pytest.raises(InconsistentJudgements) as refusal:
        ahp.weights(wrong)
    assert refusal.value.worst == (1, 3)
    assert refusal.value.given == pytest.approx(1 / 9)
    assert refusal.value.suggested == pytest.approx(4)
    assert refusal.value.ratio > ahp.MAX_CONSISTENCY_RATIO


def test_two_things_cannot_contradict_each_other_and_one_has_all_the_weight():
    assert ahp.weights([[1, 9], [1 / 9, 1]]).consistency_ratio == 0
    assert ahp.weights([[1]]).weights == pytest.approx([1])


@pytest.mark.parametrize(
    "judgements",
    [[[1, 2], [2, 1]], [[1, -2], [-0.5, 1]], [[1, 2, 3]], [], [[2.0]], np.ones((11, 11)), [[1, np.nan], [1, 1]]],
    ids=["not reciprocal", "negative", "not square", "empty", "self", "too many", "nan"],
)
def test_a_malformed_table_of_judgements_is_refused(judgements):
    with pytest.raises(InvalidInput):
        ahp.weights(judgements)


@pytest.mark.parametrize("n", range(3, 11))
def test_the_consistency_of_chance_is_the_one_of_saaty(n):
    chance = [0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49][n - 1]
    table = np.ones((n, n))
    table[0, 1], table[1, 0] = 2, 0.5
    judged = ahp.weights(table)
    assert judged.consistency_index == pytest.approx((judged.eigenvalue - n) / (n - 1))
    assert judged.consistency_ratio == pytest.approx(judged.consistency_index / chance)
    assert judged.consistency_ratio > 0


def test_judgements_above_the_diagonal_are_enough():
    assert ahp.matrix_from_upper(drinks[np.triu_indices(7, 1)], 7) == pytest.approx(drinks)
    with pytest.raises(InvalidInput):
        ahp.matrix_from_upper([2, 3], 3)


def test_equivalent_indicators_share_their_weight_and_units_do_not_matter():
    random = np.random.default_rng(3)
    common, own = random.normal(size=500), random.normal(size=(500, 3))
    table = np.column_stack([common + 0.3 * own[:, 0], common + 0.3 * own[:, 1], own[:, 2]])
    found = principal_components.weights(table)
    rescaled = principal_components.weights(table * [1, 1000, 0.01] + [5, 0, -7])
    assert found.weights.sum() == pytest.approx(1)
    assert found.weights[0] == pytest.approx(found.weights[1], rel=0.05)
    assert rescaled.weights == pytest.approx(found.weights)
    assert found.explained.sum() == pytest.approx(1)
    assert found.used == 2


def test_independent_indicators_weigh_about_the_same():
    table = np.random.default_rng(4).normal(size=(20_000, 4))
    assert principal_components.weights(table, explain=1.0).weights == pytest.approx([0.25] * 4, abs=0.08)


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[1, 5], [2, 5], [3, 5]], [[1, np.nan], [2, 3], [4, 5]]])
def test_indicators_that_cannot_be_weighed_are_refused(values):
    with pytest.raises(InvalidInput):
        principal_components.weights(values)
