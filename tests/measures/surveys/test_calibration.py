import numpy as np
import pytest
from hypothesis import given

from heed_measures.errors import InvalidInput
from heed_measures.surveys.calibration import EmptyMargin, Margin, RakingNotConverged, post_stratify, rake, trim
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import effective_size, mean, share, total
from tests.measures.surveys import designs


def raked(seed):
    random = np.random.default_rng(seed)
    design = designs.two_stage(random, population=False)
    first = np.concatenate([[0, 1], random.integers(0, 2, design.n - 2)])
    second = np.concatenate([[0, 1, 2], random.integers(0, 3, design.n - 3)])
    margins = [Margin.of(first, [300, 700]), Margin.of(second, [200, 300, 500])]
    return random, design, margins


@given(seed=designs.seeds)
def test_raked_weights_sum_to_every_margin(seed):
    _, design, margins = raked(seed)
    try:
        found = rake(design, margins)
    except RakingNotConverged:
        return
    for margin in margins:
        assert np.bincount(margin.codes, found.weights) == pytest.approx(margin.totals)
    assert found.description.endswith("calibrated")


@given(seed=designs.seeds)
def test_what_the_margins_know_has_no_error(seed):
    _, design, margins = raked(seed)
    found = post_stratify(design, margins[0])
    known = total((margins[0].codes == 1).astype(float), found)
    assert known.estimate == pytest.approx(700)
    assert known.se == pytest.approx(0, abs=1e-6)


@given(seed=designs.seeds)
def test_a_post_stratified_total_has_the_error_of_deviations_from_cell_means(seed):
    random, design, margins = raked(seed)
    cells, y = margins[1].codes, random.normal(5, 1, design.n)
    found = post_stratify(design, margins[1])
    sizes = np.bincount(cells, found.weights)
    means = np.bincount(cells, found.weights * y) / sizes
    residuals = y - means[cells]
    assert total(y, found).se == pytest.approx(np.sqrt(designs.textbook_variance(residuals, found)), rel=1e-7, abs=1e-6)


def test_the_error_of_raked_means_is_that_of_repeated_samples_and_ignoring_the_raking_is_not():
    random = np.random.default_rng(5)
    size, n = 20_000, 400
    region, tier = random.integers(0, 4, size), random.integers(0, 3, size)
    y = 2 * region + 3 * tier + random.normal(0, 1, size)
    totals = [np.bincount(region).astype(float), np.bincount(tier).astype(float)]
    points, errors, ignored = [], [], []
    for _ in range(200):
        rows = random.integers(0, size, n)
        design = rake(Design(np.ones(n)), [Margin.of(region[rows], totals[0]), Margin.of(tier[rows], totals[1])])
        found = mean(y[rows], design)
        points.append(found.estimate)
        errors.append(found.se)
        ignored.append(mean(y[rows], Design(design.weights)).se)
    assert np.mean(errors) == pytest.approx(np.std(points), rel=0.12)
    assert np.mean(ignored) > 2 * np.std(points)


@given(seed=designs.seeds)
def test_shares_and_domains_know_the_calibration_too(seed):
    random, design, margins = raked(seed)
    calibrated = post_stratify(design, margins[1])
    codes, groups = random.integers(-1, 3, design.n), random.integers(-1, 2, design.n)
    shares = Categories(calibrated, groups, group_count=2).shares(codes, 3)
    means = means_by(margins[0].codes[:, np.newaxis] * 1.0, calibrated, groups, group_count=2)
    for group in range(2):
        inside = groups == group
        alone = share(np.where(codes < 0, np.nan, codes == 1), calibrated, domain=inside)
        if 1e-9 < alone.estimate < 1 - 1e-9:
            assert shares.estimate(group, 1).se == pytest.approx(alone.se, rel=1e-6, abs=1e-9, nan_ok=True)
        found = mean(margins[0].codes, calibrated, domain=inside)
        assert means.estimate(group, 0).se == pytest.approx(found.se, rel=1e-6, abs=1e-9, nan_ok=True)


@given(seed=designs.seeds)
def test_trimmed_weights_have_a_limit_the_same_sum_and_a_larger_effective_size(seed):
    random = np.random.default_rng(seed)
    design = Design(random.pareto(1.5, 50) + 0.1)
    found = trim(design, max_ratio=3)
    assert found.weights.max() <= 3 * design.weights.mean() * (1 + 1e-9)
    assert found.weights.sum() == pytest.approx(design.weights.sum())
    assert effective_size(found.weights) >= effective_size(design.weights) - 1e-9


def test_a_category_without_responses_is_named():
    with pytest.raises(EmptyMargin) as caught:
        rake(Design(np.ones(3)), [Margin.of([0, 0, 2], [5, 1, 4])])
    assert (caught.value.margin, caught.value.category) == (0, 1)


def test_margins_that_contradict_each_other_do_not_converge():
    with pytest.raises(RakingNotConverged):
        rake(Design(np.ones(3)), [Margin.of([0, 0, 1], [9, 1]), Margin.of([0, 0, 1], [1, 9])])


def test_a_category_without_population_weighs_nothing():
    assert rake(Design(np.ones(3)), [Margin.of([0, 1, 1], [4, 0])]).weights.tolist() == [4, 0, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: Margin.of([0, 2], [1, 1]),
        lambda: Margin.of([-1, 0], [1, 1]),
        lambda: Margin.of([0, 1], [1, -1]),
        lambda: rake(Design(np.ones(2)), []),
        lambda: rake(Design(np.ones(3)), [Margin.of([0, 1], [1, 1])]),
        lambda: rake(Design(np.ones(2)), [Margin.of([0, 1], [1, 1]), Margin.of([0, 1], [2, 1])]),
        lambda: trim(Design(np.ones(2)), max_ratio=1),
    ],
)
def test_impossible_margins_are_refused(call):
    with pytest.raises(InvalidInput):
        call()
