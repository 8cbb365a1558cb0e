import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.surveys.design import Design
from heed_measures.surveys.reliability import ConstantItem, TooFewResponses, reliability
from tests.measures.surveys import designs


def scale(random, n, items=4):
    return random.normal(0, 1, (n, 1)) + random.normal(0, 1, (n, items))


@given(seed=designs.seeds)
def test_alpha_is_cronbach_s(seed):
    random = np.random.default_rng(seed)
    values = scale(random, 50)
    found = reliability(values, Design.simple(50))
    variances, whole = values.var(axis=0, ddof=1).sum(), values.sum(axis=1).var(ddof=1)
    assert found.alpha.estimate == pytest.approx(4 / 3 * (1 - variances / whole))
    correlation = np.corrcoef(values.T)
    mean = (correlation.sum() - 4) / 12
    assert found.standardised == pytest.approx(4 * mean / (1 + 3 * mean))
    rest = values[:, 1:].sum(axis=1)
    assert found.items[0].item_rest_correlation == pytest.approx(np.corrcoef(values[:, 0], rest)[0, 1])
    without = reliability(values[:, 1:], Design.simple(50)).alpha.estimate
    assert found.items[0].alpha_without == pytest.approx(without)


def test_alpha_has_the_error_of_the_jackknife_over_clusters():
    random = np.random.default_rng(7)
    labels = np.repeat(np.arange(50), 8)
    values = scale(random, 400) + np.repeat(random.normal(0, 1, (50, 1)), 8, axis=0)
    design = Design(random.uniform(1, 2, 400), clusters=labels)
    found = reliability(values, design).alpha
    left_out = [reliability(values, design.reweighted(np.where(labels == c, 0, design.weights))) for c in range(50)]
    spread = sum((replicate.alpha.estimate - found.estimate) ** 2 for replicate in left_out)
    assert found.se == pytest.approx(np.sqrt(49 / 50 * spread), rel=0.05)


def test_incomplete_responses_are_left_out_and_counted():
    random = np.random.default_rng(1)
    values = scale(random, 30)
    values[:5, 0] = np.nan
    values[5] = np.nan
    found = reliability(values, Design.simple(30))
    assert (found.n, found.incomplete) == (24, 5)
    assert found.alpha.estimate == pytest.approx(reliability(values[6:], Design.simple(24)).alpha.estimate)


def test_a_constant_item_is_named():
    values = scale(np.random.default_rng(2), 20)
    values[:, 2] = 0.1
    with pytest.raises(ConstantItem) as caught:
        reliability(values, Design.simple(20))
    assert caught.value.item == 2
    assert caught.value.code == "constant_item"


def test_too_few_responses_and_a_single_item_are_refused():
    with pytest.raises(TooFewResponses):
        reliability(np.eye(2), Design.simple(2))
    with pytest.raises(InvalidInput):
        reliability(np.ones((5, 1)), Design.simple(5))


def test_of_two_items_there_is_no_scale_without_one():
    found = reliability(scale(np.random.default_rng(3), 20, items=2), Design.simple(20))
    assert np.isnan(found.items[0].alpha_without)
