"""Surveys with no, one or two responses: no figure where there is none, and never a crash."""

import numpy as np
import pytest

from heed_measures.surveys.categories import Categories
from heed_measures.surveys.correlations import correlations_by
from heed_measures.surveys.crosstab import crosstab
from heed_measures.surveys.design import Design
from heed_measures.surveys.domains import means_by
from heed_measures.surveys.estimators import difference, mean, share, total
from heed_measures.surveys.frequencies import multiple_frequencies, single_frequencies
from heed_measures.surveys.net_promoter import net_promoter, top_share
from heed_measures.surveys.trend import trend


def clustered(n):
    zeros = np.zeros(n, dtype=int)
    return Design(np.ones(n), zeros, zeros, np.full(n, 3.0), None, np.full(n, 9.0))


FIGURES = {
    "mean": lambda n, design: mean(np.zeros(n), design),
    "share": lambda n, design: share(np.zeros(n), design),
    "total": lambda n, design: total(np.zeros(n), design),
    "mean by": lambda n, design: means_by(np.zeros((n, 2)), design).estimate(0, 1),
    "combination": lambda n, design: means_by(np.zeros((n, 2)), design).combine(0, [0.5, 0.5]),
    "frequency": lambda n, design: single_frequencies(_shares(n, design, 2)).rows[0].share_of_answers,
    "mentions": lambda n, design: multiple_frequencies(means_by(np.ones((n, 2)), design)).rows[0].share_of_answers,
    "net promoter": lambda n, design: net_promoter(np.zeros(n), design).nps,
    "top boxes": lambda n, design: top_share(_shares(n, design, 5)),
    "cell": lambda n, design: crosstab(_shares(n, design, 4), (2, 2)).shares[0][0],
    "wave": lambda n, design: trend(np.zeros(n), np.zeros(n, dtype=int), design, wave_count=1)[0].estimate,
}
EMPTY_DOMAINS = {
    "mean by": lambda n, design: means_by(np.zeros((n, 1)), design, _zeros(n), group_count=2).estimate(1, 0),
    "share": lambda n, design: Categories(design, _zeros(n), group_count=2).shares(_zeros(n), 2).estimate(1, 0),
    "correlation": lambda n, design: correlations_by(
        np.zeros((n, 1)), np.zeros(n), design, _zeros(n), group_count=2
    ).estimate(1, 0),
    "difference": lambda n, design: difference(
        np.zeros(n), design, first=np.zeros(n, dtype=bool), second=np.ones(n, dtype=bool)
    ),
}


def _zeros(n):
    return np.zeros(n, dtype=int)


def _shares(n, design, categories):
    return Categories(design).shares(_zeros(n), categories)


@pytest.mark.parametrize("design_of", [Design.simple, clustered])
@pytest.mark.parametrize("figure", FIGURES)
def test_an_empty_survey_has_no_figures_and_a_small_one_has_them(figure, design_of):
    empty = FIGURES[figure](0, design_of(0))
    assert empty.n == 0
    assert np.isnan([empty.estimate, empty.se, empty.low, empty.high]).all()
    for n in (1, 2):
        found = FIGURES[figure](n, design_of(n))
        assert found.n == n
        assert np.isfinite(found.estimate)


@pytest.mark.parametrize("design_of", [Design.simple, clustered])
@pytest.mark.parametrize("figure", EMPTY_DOMAINS)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_domain_without_responses_has_no_figure(figure, design_of, n):
    assert np.isnan(EMPTY_DOMAINS[figure](n, design_of(n)).estimate)
