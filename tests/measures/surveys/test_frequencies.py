import numpy as np
import pytest
from hypothesis import given

from heed_measures.surveys.categories import Categories
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import ratio
from heed_measures.surveys.frequencies import multiple_frequencies, ranks, single_frequencies
from tests.measures.surveys import designs

MENTIONS = [790, 450, 420, 390, 310, 160, 130, 80]


def test_the_published_table_of_2730_mentions():
    codes = np.repeat(np.arange(8), MENTIONS)
    table = single_frequencies(Categories(Design.simple(2730)).shares(codes, 8))
    shares = [round(100 * row.share_of_answers.estimate, 2) for row in table.rows]
    assert shares == [28.94, 16.48, 15.38, 14.29, 11.36, 5.86, 4.76, 2.93]
    assert [row.count for row in table.rows] == MENTIONS
    assert [row.rank for row in table.rows] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_of_several_answers_both_bases_are_given():
    chosen = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0], [np.nan] * 3])
    table = multiple_frequencies(means_by(chosen, Design.simple(5)))
    assert (table.n, table.answers) == (4, 6)
    assert [row.count for row in table.rows] == [3, 2, 1]
    assert [row.share_of_respondents.estimate for row in table.rows] == [0.75, 0.5, 0.25]
    assert [row.share_of_answers.estimate for row in table.rows] == pytest.approx([1 / 2, 1 / 3, 1 / 6])


@given(seed=designs.seeds)
def test_shares_of_answers_have_the_error_of_a_ratio(seed):
    random = np.random.default_rng(seed)
    design = designs.two_stage(random)
    chosen = (random.uniform(size=(design.n, 4)) < 0.5).astype(float)
    chosen[0] = 1
    table = multiple_frequencies(means_by(chosen, design))
    assert sum(row.share_of_answers.estimate for row in table.rows) == pytest.approx(1)
    for option, row in enumerate(table.rows):
        expected = ratio(chosen[:, option], chosen.sum(axis=1), design)
        assert row.share_of_answers.estimate == pytest.approx(expected.estimate)
        assert row.share_of_answers.se == pytest.approx(expected.se, rel=1e-6, abs=1e-10)


def test_equal_shares_have_the_better_rank():
    assert ranks([0.2, 0.4, 0.2, 0.2]) == [2, 1, 2, 2]


def test_an_item_without_responses_has_no_shares():
    table = single_frequencies(Categories(Design.simple(3)).shares(np.full(3, -1), 2))
    assert table.n == 0
    assert np.isnan(table.rows[0].share_of_answers.estimate)
    nothing = multiple_frequencies(means_by(np.zeros((3, 2)), Design.simple(3)))
    assert (nothing.n, nothing.answers) == (3, 0)
    assert np.isnan(nothing.rows[0].share_of_answers.estimate)
    assert nothing.rows[0].share_of_respondents.estimate == 0
