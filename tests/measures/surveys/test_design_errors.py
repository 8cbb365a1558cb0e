"""Errors of the design against the textbook, replicates and what must hold for every design."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_measures.errors import InvalidInput
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.design import NO_DEGREES, SINGLE_CLUSTER, Design
from heed_measures.surveys.estimators import (
    bounds_of_difference,
    difference,
    linear_combination,
    mean,
    ratio,
    share,
    total,
)
from heed_measures.surveys.net_promoter import top_share
from tests.measures.surveys import designs


def drawn(seed, **options):
    random = np.random.default_rng(seed)
    design = designs.two_stage(random, **options)
    return random, design, np.round(random.normal(5, 2, design.n), 2)


@given(seed=designs.seeds, population=st.booleans(), second=st.booleans())
def test_the_error_of_a_mean_is_the_textbook_s(seed, population, second):
    random, design, y = drawn(seed, population=population, second=second)
    domain = random.uniform(size=design.n) < 0.6
    found = mean(y, design, domain=domain)
    if not domain.any():
        assert np.isnan(found.estimate)
        return
    size = design.weights[domain].sum()
    scores = np.where(domain, (y - found.estimate) / size, 0.0)
    assert found.estimate == pytest.approx((design.weights * y)[domain].sum() / size)
    if found.degrees_of_freedom:
        assert found.se == pytest.approx(np.sqrt(designs.textbook_variance(scores, design)), rel=1e-9, abs=1e-12)


@given(seed=designs.seeds)
def test_the_error_of_a_stratified_total_is_the_textbook_s(seed):
    random = np.random.default_rng(seed)
    design = designs.stratified(random)
    y = random.gamma(2, 3, design.n)
    found = total(y, design)
    assert found.estimate == pytest.approx(design.weights @ y)
    assert found.se == pytest.approx(np.sqrt(designs.textbook_variance(y, design)), rel=1e-9, abs=1e-9)


@given(seed=designs.seeds)
def test_of_a_total_the_jackknife_gives_exactly_the_same_error(seed):
    """Without finite populations: leave out one cluster, raise the others of its stratum."""
    _, design, y = drawn(seed, population=False)
    whole, variance = design.weights @ y, 0.0
    for h in np.unique(design.strata):
        clusters = np.unique(design.clusters[design.strata == h])
        n = len(clusters)
        for left_out in clusters:
            weights = np.where(design.strata == h, design.weights * n / (n - 1), design.weights)
            weights = np.where(design.clusters == left_out, 0.0, weights)
            variance += (n - 1) / n * (weights @ y - whole) ** 2
    assert total(y, design).se == pytest.approx(np.sqrt(variance))


def test_of_a_ratio_the_jackknife_gives_nearly_the_same_error():
    random = np.random.default_rng(5)
    clusters = np.repeat(np.arange(60), 10)
    x = random.gamma(5, 1, 600)
    y = x * random.normal(2, 0.3, 600) + np.repeat(random.normal(0, 1, 60), 10)
    design = Design(random.uniform(1, 2, 600), clusters=clusters)
    found = ratio(y, x, design)
    replicates = [
        ratio(y, x, design.reweighted(np.where(clusters == left_out, 0.0, design.weights))).estimate
        for left_out in range(60)
    ]
    jackknife = np.sqrt(59 / 60 * sum((value - found.estimate) ** 2 for value in replicates))
    assert found.se == pytest.approx(jackknife, rel=0.02)


@given(seed=designs.seeds, factor=st.floats(min_value=1e-3, max_value=1e3))
def test_weights_times_a_constant_change_no_mean_and_no_error(seed, factor):
    _, design, y = drawn(seed)
    first, second = mean(y, design), mean(y, design.reweighted(design.weights * factor))
    assert first.estimate == pytest.approx(second.estimate)
    assert first.se == pytest.approx(second.se)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


@given(seed=designs.seeds)
def test_labels_of_strata_and_clusters_mean_nothing(seed):
    random, design, y = drawn(seed)
    strata = random.permutation(np.arange(100, 200))[design.strata]
    names = np.array([f"point {number}" for number in random.permutation(1000)])
    renamed = replace(design, strata=strata, clusters=names[design.clusters])
    assert mean(y, renamed).se == pytest.approx(mean(y, design).se)


@given(seed=designs.seeds)
def test_the_order_of_the_responses_means_nothing(seed):
    random, design, y = drawn(seed)
    order = random.permutation(design.n)
    moved = Design(
        design.weights[order],
        design.strata[order],
        design.clusters[order],
        design.population[order],
        None,
        design.second_population[order],
    )
    assert mean(y[order], moved).se == pytest.approx(mean(y, design).se)


@given(seed=designs.seeds)
def test_a_domain_of_all_is_no_domain(seed):
    _, design, y = drawn(seed)
    assert mean(y, design, domain=np.ones(design.n, dtype=bool)) == mean(y, design)


@given(seed=designs.seeds)
def test_a_domain_is_not_a_subset(seed):
    """Clusters without a member of the domain count: the error differs from that of the rows alone."""
    random = np.random.default_rng(seed)
    design = Design(np.ones(40), clusters=np.repeat(np.arange(10), 4))
    y = random.normal(0, 1, 40)
    domain = design.clusters < 6
    as_domain = total(y, design, domain=domain)
    as_subset = total(y[domain], Design(np.ones(24), clusters=design.clusters[domain]))
    assert as_domain.estimate == pytest.approx(as_subset.estimate)
    assert as_domain.se != pytest.approx(as_subset.se, rel=1e-6)


@given(seed=designs.seeds)
def test_a_census_has_no_error(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 8, 4)
    strata = np.repeat(np.arange(4), sizes)
    y = random.normal(0, 1, len(strata))
    found = mean(y, Design(np.ones(len(strata)), strata=strata, population=sizes[strata] * 1.0))
    assert found.se == 0
    assert found.low == found.high == found.estimate
    assert found.warnings == ()


@given(seed=designs.seeds)
def test_strata_that_were_taken_whole_add_nothing(seed):
    random = np.random.default_rng(seed)
    strata = np.repeat([0, 1, 2], [6, 7, 5])
    y, weights = random.normal(0, 1, 18), random.uniform(1, 2, 18)
    population = np.array([6.0, 30.0, 40.0])[strata]
    design = Design(weights, strata=strata, population=population)
    scores = np.where(strata > 0, y, 0.0)
    assert total(y, design).se == pytest.approx(total(scores, design).se)
    assert total(y, design).degrees_of_freedom == 12 - 2


@given(seed=designs.seeds)
def test_a_stratum_with_one_cluster_is_named_and_centred_at_the_grand_mean(seed):
    random = np.random.default_rng(seed)
    strata = np.array([0, 0, 0, 0, 1])
    clusters = np.array([0, 0, 1, 2, 3])
    y, weights = random.normal(3, 1, 5), random.uniform(1, 2, 5)
    design = Design(weights, strata=strata, clusters=clusters)
    z = weights * y
    sums = np.array([z[0] + z[1], z[2], z[3], z[4]])
    expected = 3 / 2 * ((sums[:3] - sums[:3].mean()) ** 2).sum() + (sums[3] - sums.mean()) ** 2
    found = total(y, design)
    assert found.se == pytest.approx(np.sqrt(expected))
    assert SINGLE_CLUSTER in found.warnings


def test_one_cluster_alone_has_no_error_that_could_be_known():
    found = mean([1.0, 2.0, 4.0], Design(np.ones(3), clusters=np.zeros(3, dtype=int)))
    assert NO_DEGREES in found.warnings
    assert np.isnan([found.se, found.low, found.high]).all()
    assert found.estimate == pytest.approx(7 / 3)


@given(seed=designs.seeds)
def test_the_covariance_of_two_domains_counts_in_their_difference(seed):
    """Of two domains in the same clusters the error is that of the difference of their linearised scores."""
    random, design, y = drawn(seed)
    first = random.uniform(size=design.n) < 0.5
    if not 0 < first.sum() < design.n:
        return
    a, b = mean(y, design, domain=first), mean(y, design, domain=~first)
    scores = np.where(first, (y - a.estimate) / design.weights[first].sum(), 0.0)
    scores -= np.where(~first, (y - b.estimate) / design.weights[~first].sum(), 0.0)
    found = difference(y, design, first=first, second=~first)
    assert found.estimate == pytest.approx(a.estimate - b.estimate)
    assert found.se == pytest.approx(np.sqrt(designs.textbook_variance(scores, design)), rel=1e-9, abs=1e-12)


def test_waves_with_samples_of_their_own_have_no_covariance():
    random = np.random.default_rng(3)
    effect = random.normal(0, 2, 20)
    cluster, wave = np.tile(np.repeat(np.arange(20), 10), 2), np.repeat([0, 1], 200)
    y = effect[cluster] + random.normal(0, 1, 400)
    panel = Design(np.ones(400), clusters=cluster)
    fresh = panel.nested_in(wave)
    same, own = (difference(y, design, first=wave == 1, second=wave == 0) for design in (panel, fresh))
    by_wave = [mean(y, fresh, domain=wave == index).se for index in (0, 1)]
    assert own.se == pytest.approx(np.hypot(*by_wave))
    assert same.se < own.se / 3


def test_a_gap_of_paired_items_is_the_mean_of_the_differences():
    random = np.random.default_rng(4)
    design = designs.stratified(random)
    expected, perceived = random.normal(5, 1, design.n), random.normal(4, 1, design.n)
    gap = linear_combination(np.column_stack([perceived, expected]), [1, -1], design)
    assert gap.estimate == pytest.approx(mean(perceived - expected, design).estimate)
    assert gap.se == pytest.approx(mean(perceived - expected, design).se)


def test_missing_values_are_a_domain():
    random = np.random.default_rng(6)
    design = designs.stratified(random)
    y = random.normal(0, 1, design.n)
    present = random.uniform(size=design.n) < 0.7
    gaps = np.where(present, y, np.nan)
    assert mean(gaps, design) == mean(y, design, domain=present)
    assert total(gaps, design) == total(y, design, domain=present)


def test_intervals_of_shares_stay_within_0_and_1_and_unanimity_is_exact():
    few = share([1, 1, 1, 1, 1, 1, 1, 0], Design.simple(8))
    assert 0 < few.low < few.estimate < few.high < 1
    none = share(np.zeros(10), Design.simple(10))
    assert (none.low, none.high) == (0, pytest.approx(0.3084971, abs=1e-6))  # binom.test(0, 10) of R
    everyone = share(np.ones(10), Design.simple(10))
    assert (everyone.low, everyone.high) == (pytest.approx(1 - 0.3084971, abs=1e-6), 1)


def test_the_interval_of_a_mean_covers_as_often_as_it_promises_and_the_naive_one_does_not():
    random = np.random.default_rng(8)
    hits, naive_hits, rounds = 0, 0, 400
    for _ in range(rounds):
        effect = np.repeat(random.normal(0, 1, 25), 20)
        y = effect + random.normal(0, 1, 500)
        design = Design(np.ones(500), clusters=np.repeat(np.arange(25), 20))
        right, naive = mean(y, design), mean(y, design.none())
        hits += right.low <= 0 <= right.high
        naive_hits += naive.low <= 0 <= naive.high
    assert 0.92 < hits / rounds < 0.98
    assert naive_hits / rounds < 0.55


@pytest.mark.parametrize(
    "columns",
    [
        {"weights": np.array([1.0, -1.0])},
        {"weights": np.array([1.0, np.nan])},
        {"weights": np.zeros(2)},
        {"weights": np.ones(2), "strata": np.array([1])},
        {"weights": np.ones(2), "population": np.array([1.0, 1.0])},
        {"weights": np.ones(2), "population": np.array([5.0, 6.0])},
        {"weights": np.ones(2), "population": np.array([5.0, np.nan])},
    ],
)
def test_impossible_designs_are_refused(columns):
    with pytest.raises(InvalidInput):
        Design(**columns)


@pytest.mark.parametrize(
    "call",
    [
        lambda design: mean([1.0], design),
        lambda design: share([0.5, 1, 0], design),
        lambda design: linear_combination(np.ones((3, 2)), [1.0], design),
        lambda design: mean([1.0, 2, 3], design, level=1.0),
    ],
)
def test_impossible_values_are_refused(call):
    with pytest.raises(InvalidInput):
        call(Design.simple(3))


def test_without_responses_there_is_no_figure():
    found = mean([np.nan, np.nan], Design.simple(2))
    assert found.n == 0
    assert np.isnan([found.estimate, found.se, found.low, found.high]).all()


@pytest.mark.parametrize(
    ("design", "name"),
    [
        (Design.simple(3), "simple_random_with_replacement"),
        (Design.convenience(3), "convenience"),
        (Design(np.array([1.0, 2, 3])), "weights"),
        (Design(np.array([1.0, 2, 3]), strata=np.array([0, 0, 0])).weights_only(), "weights_only"),
        (Design(np.array([1.0, 2, 3])).none(), "none"),
        (Design.from_populations([9.0] * 3, clusters=[1, 1, 2]), "clusters+fpc"),
    ],
)
def test_a_design_names_what_counted(design, name):
    assert mean([1.0, 2.0, 4.0], design).design == name


@given(seed=designs.seeds, value=st.sampled_from([0.1, 1.0, 5.0, 1e6]))
def test_equal_values_have_no_error_whatever_rounding_leaves(seed, value):
    """Found by hypothesis: a mean of fives was 4.999999999999999 ± 5e-16 with an effective n of 7e-32."""
    _, design, _ = drawn(seed, population=False)
    found = mean(np.full(design.n, value), design)
    assert (found.se, found.low, found.high) == (0, found.estimate, found.estimate)
    assert 1 <= found.effective_n <= found.n + 1e-9
    everyone = share(np.ones(design.n), design)
    assert everyone.low < 1 == everyone.high


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_of_shares_is_the_published_one(first, second, low, high):
    """Newcombe 1998, table II, method 10."""
    shares = [
        top_share(Categories(Design.simple(n)).shares((np.arange(n) < chosen).astype(int), 2), top=1)
        for chosen, n in (first, second)
    ]
    bounds = bounds_of_difference(*shares)
    assert bounds == pytest.approx((low, high), abs=0.00006)
