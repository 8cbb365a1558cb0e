import numpy as np
import pytest
from scipy.stats import chi2_contingency

from heed_measures.errors import InvalidInput
from heed_measures.surveys.categories import Categories
from heed_measures.surveys.crosstab import combined_codes, crosstab, rao_scott
from heed_measures.surveys.design import Design
from tests.measures.surveys import california


def test_the_published_test_of_the_school_districts():
    """`svychisq(~sch.wide + stype, dclus1)` of R's survey: F = 5.1934, ndf = 1.495, ddf = 20.925, p = 0.02175."""
    sample, design = california.clusters()
    target, kind = (sample["sch.wide"] == "Yes").astype(int), np.searchsorted(["E", "H", "M"], sample["stype"])
    found = crosstab(Categories(design).shares(combined_codes(target, kind, 3), 6), (2, 3))
    assert found.test.f == pytest.approx(5.1934, abs=5e-5)
    assert found.test.df1 == pytest.approx(1.495, abs=5e-4)
    assert found.test.df2 == pytest.approx(20.925, abs=5e-4)
    assert found.test.p == pytest.approx(0.02175, abs=5e-6)
    assert found.test.chi_square == pytest.approx(11.9409, abs=5e-5)
    assert found.counts.tolist() == [[12, 3, 8], [132, 11, 17]]
    assert found.n == 183


def test_in_a_simple_random_sample_it_is_pearson_s_test():
    random = np.random.default_rng(2)
    rows, columns = random.integers(0, 3, 4000), random.integers(0, 4, 4000)
    found = rao_scott(Categories(Design.simple(4000)).shares(combined_codes(rows, columns, 4), 12), (3, 4))
    table = np.zeros((3, 4))
    np.add.at(table, (rows, columns), 1)
    plain = chi2_contingency(table, correction=False)
    assert found.chi_square == pytest.approx(plain.statistic)
    assert found.df1 == pytest.approx(6, rel=0.01)
    assert found.p == pytest.approx(plain.pvalue, abs=0.01)
    assert found.design_effect == pytest.approx(1, rel=0.01)


def test_without_an_effect_five_of_a_hundred_tests_are_significant_and_far_more_of_the_naive_ones():
    random = np.random.default_rng(4)
    clusters, size, rounds = 40, 15, 400
    labels = np.repeat(np.arange(clusters), size)
    design = Design(np.ones(clusters * size), clusters=labels)
    false_alarms, naive_alarms = 0, 0
    for _ in range(rounds):
        level, habit = random.normal(0, 1, (2, clusters))
        rows = (level[labels] + random.normal(0, 1, len(labels)) > 0).astype(int)
        columns = np.digitize(habit[labels] + random.normal(0, 1, len(labels)), [-0.5, 0.5])
        test = rao_scott(Categories(design).shares(combined_codes(rows, columns, 3), 6), (2, 3))
        table = np.zeros((2, 3))
        np.add.at(table, (rows, columns), 1)
        false_alarms += test.p < 0.05
        naive_alarms += chi2_contingency(table, correction=False).pvalue < 0.05
    assert 0.02 < false_alarms / rounds < 0.09
    assert naive_alarms / rounds > 0.2


def test_rows_and_columns_without_responses_are_left_out():
    random = np.random.default_rng(3)
    rows, columns = random.integers(0, 2, 100), random.integers(0, 3, 100)
    design = Design(random.uniform(1, 2, 100))
    small = rao_scott(Categories(design).shares(combined_codes(rows, columns, 3), 6), (2, 3))
    wide = rao_scott(Categories(design).shares(combined_codes(rows * 2, columns, 4), 12), (3, 4))
    assert wide.f == pytest.approx(small.f)
    assert wide.df1 == pytest.approx(small.df1)


def test_a_table_with_an_empty_cell_has_a_test():
    rows, columns = np.repeat([0, 0, 1, 1, 1], [9, 7, 0, 8, 6]), np.repeat([0, 1, 0, 1, 2], [9, 7, 0, 8, 6])
    found = rao_scott(Categories(Design.simple(30)).shares(combined_codes(rows, columns, 3), 6), (2, 3))
    assert np.isfinite([found.f, found.p]).all()
    assert found.p < 0.01


def test_a_table_of_one_row_has_no_test():
    found = crosstab(Categories(Design.simple(4)).shares(np.array([0, 1, 1, 0]), 2), (1, 2))
    assert np.isnan(found.test.p)
    assert found.shares[0][1].estimate == 0.5


def test_a_response_that_lacks_one_of_the_two_is_in_no_cell():
    assert combined_codes(np.array([0, -1, 1]), np.array([-1, 0, 2]), 3).tolist() == [-1, -1, 5]


def test_a_shape_that_does_not_fit_is_refused():
    with pytest.raises(InvalidInput):
        rao_scott(Categories(Design.simple(2)).shares(np.array([0, 1]), 2), (2, 2))
