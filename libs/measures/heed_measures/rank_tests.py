"""Rank tests within strata: whether groups differ where like is compared with like, without assuming a model."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class RankTest(NamedTuple):
    """Result of a test whether some group is treated differently from like cases of the others.

    `compared` counts the observations in strata with at least two groups and two values. `effect` is 0 where all are
    treated alike and 1 where the group alone decides. `percentile` (groups,) is the mean percentile of a group's
    observations among like cases, from 0 (all smaller) over .5 (typical) to 1 (all larger), nan for a group without
    any; `sizes` (groups,) the number of compared observations of a group.
    """

    statistic: float
    degrees: int
    p: float
    effect: float
    compared: int
    percentile: Floats
    sizes: Integers


class _RankedValues(NamedTuple):
    stratum: Integers
    group: Integers
    rank: Floats
    sizes: Integers


def stratified_rank_test(values: ArrayLike, group: ArrayLike, stratum: ArrayLike) -> RankTest:
    """Compare groups within strata; with one stratum it is the test of Kruskal and Wallis, with two groups van
    Elteren's.

    Shapes: (n,) each; `group` and `stratum` are numbers from 0. Ties share their mean rank; ranks are divided by the
    size of the stratum plus 1, so that small strata count for their information. The p-value is that of chi-square with
    groups less 1 degrees of freedom, good from about 5 compared observations a group on; 1 where nothing can be
    compared.
    Errors: `InvalidInput` for different lengths, numbers below 0 or values that are missing.
    Source: Landis, Heyman & Koch 1978 (mean scores differ); van Elteren 1960; Kruskal & Wallis 1952. The effect is
    Kelley's ε² for one stratum; its extension, the statistic over its largest possible value, is †.
    """
    value, who, where = as_floats(values), np.asarray(group, dtype=np.int64), np.asarray(stratum, dtype=np.int64)
    if not value.shape == who.shape == where.shape or np.isnan(value).any():
        raise InvalidInput("Each observation needs a value, a group and a stratum.")
    if value.size and min(who.min(), where.min()) < 0:
        raise InvalidInput("Groups and strata are numbers from 0.")
    groups = int(who.max()) + 1 if who.size else 0
    ranked = _drop_uninformative(_rank_within_strata(value, who, where), groups)
    if not ranked.rank.size:
        return RankTest(0.0, 0, 1.0, 0.0, 0, np.full(groups, np.nan), np.zeros(groups, dtype=np.int64))
    difference, covariance = _moments(ranked, groups)
    degrees = int(np.linalg.matrix_rank(covariance, hermitian=True))
    statistic = max(float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference), 0.0)
    most = len(ranked.rank) - len(ranked.sizes)
    sizes = np.bincount(ranked.group, minlength=groups)
    middle = (ranked.rank - 0.5) / ranked.sizes[ranked.stratum]
    with np.errstate(invalid="ignore"):
        percentile = np.bincount(ranked.group, middle, minlength=groups) / sizes
    p = float(chdtrc(degrees, statistic)) if degrees else 1.0
    return RankTest(statistic, degrees, p, min(statistic / most, 1.0), len(ranked.rank), percentile, sizes)


def _rank_within_strata(values: Floats, group: Integers, stratum: Integers) -> _RankedValues:
    """Return mean ranks within each stratum, from 1."""
    order = np.lexsort((values, stratum))
    value, strata = values[order], stratum[order]
    sizes = np.bincount(strata) if strata.size else np.zeros(0, dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    position = np.arange(len(value)) - starts[strata]
    begins = np.ones(len(value), dtype=bool)
    begins[1:] = (value[1:] != value[:-1]) | (strata[1:] != strata[:-1])
    tie = np.cumsum(begins) - 1
    rank = (np.bincount(tie, position) / np.bincount(tie))[tie] + 1 if len(value) else value
    return _RankedValues(strata, group[order], rank, sizes)


def _drop_uninformative(ranked: _RankedValues, groups: int) -> _RankedValues:
    """Return the strata with at least two groups and two values: only these can be compared."""
    if not ranked.rank.size:
        return ranked
    table = np.zeros((len(ranked.sizes), groups), dtype=np.int64)
    np.add.at(table, (ranked.stratum, ranked.group), 1)
    middle = (ranked.sizes + 1) / 2
    varies = np.bincount(ranked.stratum, ranked.rank != middle[ranked.stratum], minlength=len(ranked.sizes)) > 0
    informative = varies & ((table > 0).sum(axis=1) > 1)
    rows = informative[ranked.stratum]
    numbers = np.cumsum(informative) - 1
    return _RankedValues(
        numbers[ranked.stratum[rows]], ranked.group[rows], ranked.rank[rows], ranked.sizes[informative]
    )


def _moments(ranked: _RankedValues, groups: int) -> tuple[Floats, Floats]:
    """Return the score sum of each group less its expectation without group differences, and its covariance."""
    score = ranked.rank / (ranked.sizes + 1)[ranked.stratum] - 0.5
    difference = as_floats(np.bincount(ranked.group, score, minlength=groups))
    table = np.zeros((len(ranked.sizes), groups))
    np.add.at(table, (ranked.stratum, ranked.group), 1)
    variance = np.bincount(ranked.stratum, score * score) / (ranked.sizes - 1)
    weight = variance / ranked.sizes
    covariance = np.diag((variance[:, np.newaxis] * table).sum(axis=0)) - (table * weight[:, np.newaxis]).T @ table
    return difference, covariance
