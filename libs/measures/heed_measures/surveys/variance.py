"""Taylor linearisation: the covariance of weighted sums under a sampling design."""

import numpy as np

from heed_measures.arrays import Floats, Integers
from heed_measures.surveys.design import Design, Stage


def covariance(scores: Floats, design: Design, rows: Integers | None = None) -> Floats:
    """Return the design covariance (p, p) of the sums of `scores` (p, m) over the sample.

    Scores are weighted linearised values w·u of the responses `rows` (m,), None: of all; those of other responses are
    0 but belong to the design. Each stage adds ``Σ_h a_h Σ_c (z_hc − z̄_h)(z_hc − z̄_h)ᵀ`` over its units, with a_h =
    (1 − f_h)·n_h/(n_h − 1), of the second stage times the sampling fraction of the first. A stratum with one sampled
    unit is centred at the mean of all units. The array `scores` may be overwritten.
    Errors: none. Source: Särndal, Swensson & Wretman 1992, 4.3 and 5.5; Bellhouse 1985 for the recursion; Stata's
    `singleunit(centered)` for single units.
    """
    total = np.zeros((len(scores), len(scores)))
    for index, stage in enumerate(design.stages):
        is_last = index == len(design.stages) - 1
        total += _between_units(scores if is_last else scores.copy(), stage, rows)
    return total


def degrees_of_freedom(design: Design, rows: Integers | None = None) -> int:
    """Return sampled clusters less strata among the responses `rows` (m,), None: all.

    Strata that were taken whole have no error and do not count; where their clusters were sampled at a second stage,
    those count as strata. Errors: none. Source: Korn & Graubard 1999, 5.2, for domains.
    """
    degrees, uncounted = 0, None
    for stage in design.stages:
        _, stratum = _present(stage, rows)
        counts = stage.factors[stratum] > 0
        if uncounted is not None:
            counts &= uncounted[stratum]
        degrees += int(counts.sum()) - int((np.bincount(stratum[counts]) > 0).sum())
        uncounted = (stage.factors == 0)[stage.strata]
    return degrees


def _between_units(scores: Floats, stage: Stage, rows: Integers | None) -> Floats:
    """Return the sum of squares between the units of one stage; overwrites `scores`."""
    unit, stratum = _present(stage, rows)
    totals = scores if stage.units is None else _sums(scores, unit, len(stratum))
    sums = _sums(totals, stratum, len(stage.sizes))
    means = sums / stage.sizes
    single = stage.sizes == 1
    means[:, single] = sums.sum(axis=1, keepdims=True) / max(len(stage.strata), 1)
    root = np.sqrt(stage.factors)[stratum]
    for column, mean in zip(totals, means, strict=True):
        column -= mean[stratum]
        column *= root
    absent = stage.sizes - np.bincount(stratum, minlength=len(stage.sizes))
    means *= np.sqrt(stage.factors * absent)
    return totals @ totals.T + means @ means.T


def _present(stage: Stage, rows: Integers | None) -> tuple[Integers, Integers]:
    """Return the index of each row among the units that are present (m,), and the strata of these units."""
    if stage.units is None:
        return np.zeros(0, dtype=np.int64), stage.strata if rows is None else stage.strata[rows]
    if rows is None:
        return stage.units, stage.strata
    units = stage.units[rows]
    if len(stage.strata) > 4 * len(rows):
        present, index = np.unique(units, return_inverse=True)
        return index, stage.strata[present]
    found = np.bincount(units, minlength=len(stage.strata)) > 0
    return (np.cumsum(found) - 1)[units], stage.strata[found]


def _sums(scores: Floats, index: Integers, size: int) -> Floats:
    return np.array([np.bincount(index, column, minlength=size) for column in scores]).reshape(len(scores), size)
