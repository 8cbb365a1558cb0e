"""Frequency tables of single and multiple choice: counts, shares of answers and of respondents, ranks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.surveys import intervals
from heed_measures.surveys.categories import ShareTable
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.domains import MeanTable
from heed_measures.surveys.estimators import assemble
from heed_measures.surveys.intervals import LEVEL


@dataclass(frozen=True, slots=True)
class Frequency:
    """One option: its count of answers (unweighted), its shares of the population, and its rank by share.

    `share_of_answers` is the share of all mentions, which add up to 1; `share_of_respondents` that of those who
    responded to the item. Equal shares have the same, better rank: 1, 1, 3.
    """

    category: int
    count: int
    share_of_answers: Estimate
    share_of_respondents: Estimate
    rank: int


@dataclass(frozen=True, slots=True)
class FrequencyTable:
    """All options of an item in one domain, `n` its respondents, `answers` their mentions (unweighted)."""

    rows: tuple[Frequency, ...]
    n: int
    answers: int


def single_frequencies(table: ShareTable, group: int = 0, *, level: float = LEVEL) -> FrequencyTable:
    """Return the frequencies of an item with one answer in a domain of `Categories.shares`.

    Errors: `InvalidInput` for a level outside 0–1. Source: common usage; shares as `estimators.share`.
    """
    n = int(table.n[group])
    shares = [table.estimate(group, category, level=level) for category in range(table.shares.shape[1])]
    return _table(table.counts[group].tolist(), shares, shares, n)


def multiple_frequencies(table: MeanTable, group: int = 0, *, level: float = LEVEL) -> FrequencyTable:
    """Return the frequencies of an item with several answers in a domain.

    `table` is `means_by` of indicators (n, options): 1 chosen, 0 not, nan in all columns where the item has no
    response. Errors: `InvalidInput` for a level outside 0–1.
    Source: common usage; the share of answers is a ratio of totals, as `estimators.ratio`.
    """
    means = table.means[group]
    mentions = float(means.sum())
    of_respondents = [
        table.estimate(group, option, level=level, interval=intervals.share_interval) for option in range(len(means))
    ]
    of_answers = [_share_of_answers(table, group, option, mentions, level) for option in range(len(means))]
    return _table(table.counts(group), of_answers, of_respondents, int(table.n[group].max(initial=0)))


def ranks(shares: ArrayLike) -> list[int]:
    """Return ranks from 1 for the largest; equal values share the better one. Shape (k,). Errors: none."""
    column = np.asarray(shares, dtype=np.float64)
    return [1 + int((column > value).sum()) for value in column]


def _share_of_answers(table: MeanTable, group: int, option: int, mentions: float, level: float) -> Estimate:
    """Return the ratio of the mentions of an option to all; linearised, it is a combination of means."""
    share = float(table.means[group, option]) / mentions if mentions > 0 else float("nan")
    factors = np.full(table.means.shape[1], -share)
    factors[option] += 1
    factors /= mentions or 1.0
    return assemble(
        share,
        float(factors @ table.covariance[group] @ factors),
        simple=float(factors @ table.simple[group] @ factors),
        n=int(table.n[group, option]),
        kish=float(table.kish[group, option]),
        degrees=int(table.degrees[group, option]),
        design=table.design,
        level=level,
        interval=intervals.share_interval,
    )


def _table(
    counts: Sequence[int], of_answers: Sequence[Estimate], of_respondents: Sequence[Estimate], n: int
) -> FrequencyTable:
    order = ranks([share.estimate for share in of_respondents])
    rows = zip(range(len(counts)), counts, of_answers, of_respondents, order, strict=True)
    return FrequencyTable(tuple(Frequency(*row) for row in rows), n, sum(counts))
