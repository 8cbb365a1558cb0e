"""All domains in one pass give the figures of each domain alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys import intervals
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.correlations import correlations_by
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import linear_combination, mean, share
from tests.measures.surveys import designs

FIGURES = ("estimate", "se", "low", "high", "effective_n", "design_effect")


def same(found, alone):
    for name in FIGURES:
        assert getattr(found, name) == pytest.approx(getattr(alone, name), rel=1e-7, abs=1e-9, nan_ok=True), name
    assert (found.n, found.degrees_of_freedom, found.warnings) == (alone.n, alone.degrees_of_freedom, alone.warnings)


def drawn(seed, population, second):
    random = np.random.default_rng(seed)
    design = designs.two_stage(random, population=population, second=second)
    values = random.integers(1, 6, (design.n, 3)).astype(float)
    values[random.uniform(size=values.shape) < 0.15] = np.nan
    return random, design, values, random.integers(-1, 3, design.n)


@given(seed=designs.seeds, population=st.booleans(), second=st.booleans())
def test_means_by_domain_are_those_of_each_domain_alone(seed, population, second):
    _, design, values, groups = drawn(seed, population, second)
    table = means_by(values, design, groups, group_count=3)
    for group in range(3):
        for item in range(3):
            same(table.estimate(group, item), mean(values[:, item], design, domain=groups == group))


@given(seed=designs.seeds, population=st.booleans())
def test_combinations_by_domain_are_those_of_each_domain_alone(seed, population):
    random, design, values, groups = drawn(seed, population, second=True)
    values[np.isnan(values)] = 3
    factors = random.dirichlet([1, 1, 1])
    table = means_by(values, design, groups, group_count=3)
    for group in range(3):
        same(table.combine(group, factors), linear_combination(values, factors, design, domain=groups == group))


@given(seed=designs.seeds, population=st.booleans(), second=st.booleans())
def test_shares_by_domain_are_those_of_each_domain_alone(seed, population, second):
    random, design, _, groups = drawn(seed, population, second)
    codes = random.integers(-1, 4, design.n)
    table = Categories(design, groups, group_count=3).shares(codes, 4)
    for group in range(3):
        for code in range(4):
            alone = share(np.where(codes < 0, np.nan, codes == code), design, domain=groups == group)
            if 1e-12 < alone.estimate < 1 - 1e-12:
                same(table.estimate(group, code), alone)


@given(seed=designs.seeds, population=st.booleans(), second=st.booleans())
def test_the_mean_of_a_scale_is_that_of_its_categories(seed, population, second):
    random, design, _, _ = drawn(seed, population, second)
    codes = random.integers(0, 5, design.n)
    table = Categories(design).shares(codes, 5)
    same(table.combine(0, np.arange(5), interval=intervals.t_interval), mean(codes, design))


@given(seed=designs.seeds)
def test_equal_weights_take_a_shortcut_to_the_same_shares(seed):
    random = np.random.default_rng(seed)
    design = designs.two_stage(random, weighted=False)
    codes = random.integers(0, 3, design.n)
    almost = design.reweighted(design.weights + random.uniform(-1e-9, 1e-9, design.n))
    first, second = (Categories(one).shares(codes, 3) for one in (design, almost))
    assert first.covariance == pytest.approx(second.covariance, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_a_correlation_has_the_error_of_the_jackknife(seed):
    random = np.random.default_rng(seed)
    n = 400
    x = random.normal(0, 1, n)
    y = 0.5 * x + random.normal(0, 1, n)
    weights = random.uniform(1, 2, n)
    found = correlations_by(x[:, np.newaxis], y, Design(weights)).estimate(0, 0)
    assert found.estimate == pytest.approx(_correlation(x, y, weights))
    left_out = [_correlation(np.delete(x, i), np.delete(y, i), np.delete(weights, i)) for i in range(n)]
    jackknife = np.sqrt((n - 1) / n * ((np.array(left_out) - found.estimate) ** 2).sum())
    assert found.se == pytest.approx(jackknife, rel=0.03)
    assert -1 < found.low < found.estimate < found.high < 1


def _correlation(x, y, weights):
    covariance = np.cov(np.array([x, y]), aweights=weights)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def test_a_correlation_with_a_constant_does_not_exist():
    table = correlations_by(np.full((10, 1), 0.1), np.arange(10.0), Design.simple(10))
    assert np.isnan(table.estimate(0, 0).estimate)


@pytest.mark.parametrize(
    "call",
    [
        lambda design: means_by(np.ones(4), design),
        lambda design: means_by(np.ones((4, 1)), design, np.array([0, 0, 0])),
        lambda design: means_by(np.ones((4, 1)), design, np.array([0.0, 0, 0, 1])),
        lambda design: means_by(np.ones((4, 1)), design, np.array([0, 1, 2, 3]), group_count=3),
        lambda design: means_by(np.ones((4, 1)), design).combine(0, [1, 2]),
        lambda design: means_by(np.ones((4, 1)), design).combine(0, [0]),
        lambda design: Categories(design, np.array([0, 1, 2, 3]), group_count=3),
        lambda design: Categories(design).shares(np.array([0, 1, 2, 2]), 2),
        lambda design: Categories(design).shares(np.array([0, 1, 2]), 3),
        lambda design: Categories(design).shares(np.zeros(4, dtype=int), 2).combine(0, [1.0]),
        lambda design: correlations_by(np.ones((4, 1)), np.ones(3), design),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call):
    with pytest.raises(InvalidInput):
        call(Design.simple(4))
