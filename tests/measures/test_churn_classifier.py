"""Churn risk learned from outcomes: true, in order, monotone in time, the same bits alone and in company."""

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from heed_measures import churn_classifier, evaluation
from heed_measures.beta_geometric import MBG_NBD, BGParameters
from heed_measures.errors import InvalidInput
from tests.examples import examples

few = examples(30)
PRIOR = BGParameters(r=0.525, alpha=6.18, a=0.891, b=1.614)
MANY = 20_000


def seen(x, tx, age, amount):
    base = MBG_NBD.probability_inactive(PRIOR, 90 / 7, x, tx, age)
    return churn_classifier.purchase_features(base, x, tx, age, amount)


@cache
def shop():
    """Customers of whom the big spenders stay more often than the purchase model knows."""
    random = np.random.default_rng(11)
    age = random.integers(1, 800, MANY) / 7
    x = random.poisson(1.2, MANY) * 1.0
    tx = np.where(x > 0, random.uniform(0.05, 1, MANY) * age, 0)
    amount = random.lognormal(3, 1, MANY)
    features = seen(x, tx, age, amount)
    stays_away = random.uniform(size=MANY) < expit(0.6 * features[:, 0] + 1.5 - 0.8 * features[:, 5] / 3)
    return features, stays_away.astype(float)


@cache
def learned():
    features, happened = shop()
    return churn_classifier.fit(features[::2], happened[::2])


histories = st.tuples(
    st.integers(0, 40), st.floats(0.1, 200), st.floats(0, 300), st.floats(-50, 5000), st.floats(0, 500)
)


@few
@given(histories)
def test_time_without_a_purchase_never_lowers_the_risk(history):
    x, tx, since, amount, waited = history
    tx = tx if x else 0.0
    then, later = (seen([x], [tx], [tx + since + more], [amount]) for more in (0.0, waited))
    before, after = (float(churn_classifier.probability(learned(), row)[0]) for row in (then, later))
    assert round(before, 6) <= round(after, 6)


@cache
def learned_from_old_customers():
    """All of them came about a year ago, and who came a little earlier than the others left a little more often."""
    random = np.random.default_rng(5)
    age = random.uniform(50, 54, MANY // 4)
    x = random.poisson(1.2, len(age)) * 1.0
    tx = np.where(x > 0, random.uniform(0.05, 1, len(age)) * age, 0)
    features = seen(x, tx, age, np.full(len(age), 20.0))
    odds = 0.5 * features[:, 0] + 9 * (features[:, 2] - np.log(53))
    return churn_classifier.fit(features, (random.uniform(size=len(age)) < expit(odds)).astype(float))


def test_one_who_came_last_week_counts_as_the_newest_of_those_it_was_learned_from():
    parameters = learned_from_old_customers()
    new = seen([0.0], [0.0], [0.5], [20.0])
    among_the_learned = np.clip(new, parameters.lowest, parameters.highest)
    assert churn_classifier.probability(parameters, new) == churn_classifier.probability(parameters, among_the_learned)
    assert 0.4 < churn_classifier.probability(parameters, new)[0] < 0.8


def test_features_that_grow_with_time_have_no_negative_weight_whatever_the_outcomes():
    features, happened = shop()
    turned = churn_classifier.fit(features, 1 - happened)
    for name, weight in zip(turned.features, turned.weights, strict=True):
        assert weight >= 0 or not churn_classifier.FEATURES[name]
    assert 0 in turned.weights


def test_the_table_makes_the_probabilities_true_for_customers_it_has_not_seen():
    features, happened = shop()
    predicted = churn_classifier.probability(learned(), features[1::2])
    table = evaluation.calibration(predicted, happened[1::2])
    assert np.abs(table.forecast - table.observed).max() < 0.04
    uninformed = np.full(len(predicted), happened[::2].mean())
    assert evaluation.brier(predicted, happened[1::2]) < evaluation.brier(uninformed, happened[1::2])


def test_the_table_corrects_forecasts_whose_shape_is_wrong():
    random = np.random.default_rng(3)
    signal = random.normal(size=(MANY, 1))
    happened = (random.uniform(size=MANY) < np.where(signal[:, 0] > 1, 0.9, 0.2)).astype(float)
    parameters = churn_classifier.fit(signal, happened, rising={"signal": True})
    bent = churn_classifier.probability(parameters, signal)
    straight = churn_classifier.uncalibrated(parameters, signal)
    assert evaluation.brier(bent, happened) < evaluation.brier(straight, happened) - 0.005


@pytest.mark.slow
@few
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=20, max_size=400))
def test_the_table_only_rises_and_different_forecasts_stay_different(rows):
    signal = np.array([[value] for value, _ in rows])
    happened = np.array([1.0, 0.0] * 3 + [float(outcome) for _, outcome in rows[6:]])
    parameters = churn_classifier.fit(signal, happened, rising={"signal": False})
    assert np.all(np.diff(parameters.predicted) > 0)
    assert np.all(np.diff(parameters.observed) > 0)
    assert (parameters.predicted[0], parameters.predicted[-1]) == (0, 1)


def test_a_customer_alone_has_the_same_bits_as_among_many():
    features, _ = shop()
    together = churn_classifier.probability(learned(), features)
    for rows in ([0], [7, 3], range(500)):
        assert churn_classifier.probability(learned(), features[list(rows)]).tobytes() == together[rows].tobytes()
    alone = np.concatenate([churn_classifier.probability(learned(), features[row : row + 1]) for row in range(500)])
    assert alone.tobytes() == together[:500].tobytes()


def test_a_classifier_survives_its_json():
    stored = json.loads(json.dumps(learned().to_json(), allow_nan=False))
    assert churn_classifier.from_json(stored) == learned()


def test_the_same_customers_teach_the_same_numbers():
    features, happened = shop()
    assert churn_classifier.fit(features[::2], happened[::2]) == learned()


@pytest.mark.parametrize(
    ("features", "happened"),
    [
        (np.ones((10, 6)), np.ones(10)),
        (np.ones((10, 6)), np.zeros(10)),
        (np.ones((10, 5)), np.r_[np.ones(5), np.zeros(5)]),
        (np.full((10, 6), np.nan), np.r_[np.ones(5), np.zeros(5)]),
        (np.ones((10, 6)), np.r_[np.ones(5), np.full(5, 0.5)]),
        (np.ones((0, 6)), np.ones(0)),
    ],
)
def test_nothing_is_learned_where_there_is_nothing_to_learn(features, happened):
    with pytest.raises(InvalidInput):
        churn_classifier.fit(features, happened)


def test_customers_who_are_all_alike_get_the_share_of_those_who_left():
    parameters = churn_classifier.fit(np.ones((1000, 6)), np.r_[np.ones(300), np.zeros(700)])
    assert churn_classifier.probability(parameters, np.ones((1, 6)))[0] == pytest.approx(0.3, abs=0.01)
