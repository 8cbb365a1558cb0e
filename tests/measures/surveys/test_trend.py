import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.multiple_testing import holm
from heed_measures.surveys.design import Design
from heed_measures.surveys.estimators import difference, mean
from heed_measures.surveys.trend import trend, two_sided_p
from tests.measures.surveys import designs


@given(seed=designs.seeds)
def test_each_wave_has_its_mean_and_its_change(seed):
    random = np.random.default_rng(seed)
    design = designs.stratified(random, n=90)
    waves, y = random.permutation(np.repeat([0, 1, 2], 30)), random.normal(0, 1, 90)
    found = trend(y, waves, design)
    assert found[0].change is None
    for wave in (1, 2):
        assert found[wave].estimate == mean(y, design, domain=waves == wave)
        expected = difference(y, design, first=waves == wave, second=waves == wave - 1)
        assert found[wave].change.estimate == pytest.approx(expected.estimate)
        assert found[wave].p == pytest.approx(two_sided_p(expected))
    assert [point.adjusted_p for point in found[1:]] == pytest.approx(holm([point.p for point in found[1:]]))


def test_of_many_waves_without_a_change_few_are_called_significant():
    random = np.random.default_rng(9)
    plain, corrected, rounds = 0, 0, 150
    for _ in range(rounds):
        found = trend(random.normal(0, 1, 400), np.repeat(np.arange(10), 40), Design.simple(400))
        plain += any(point.p < 0.05 for point in found[1:])
        corrected += any(point.adjusted_p < 0.05 for point in found[1:])
    assert plain / rounds > 0.25
    assert corrected / rounds < 0.1


def test_an_index_has_a_trend_too():
    values = np.array([[1.0, 3], [2, 4], [3, 5], [4, 8]])
    found = trend(values, [0, 0, 1, 1], Design.simple(4), coefficients=[0.5, 0.5])
    assert [point.estimate.estimate for point in found] == [2.5, 5]
    assert found[1].change.estimate == 2.5


def test_a_wave_without_responses_has_no_change():
    found = trend([1.0, 2, 3, 4], [0, 0, 2, 2], Design.simple(4))
    assert found[1].estimate.n == 0
    assert found[1].change is None
    assert found[2].change is None


def test_each_response_needs_a_wave():
    with pytest.raises(InvalidInput):
        trend([1.0, 2.0], [0], Design.simple(2))
