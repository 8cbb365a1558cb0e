"""Taylor linearisation: the covariance of weighted sums under a sampling design."""

from collections.abc import Sequence

import numpy as np

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.surveys.design import Booleans, Design, Stage

EXACT = -1
"""Degrees of freedom of a domain that was taken whole: it has no sampling error."""


def covariance(scores: Floats, design: Design, rows: Integers | None = None) -> Floats:
    """Return the design covariance (p, p) of the sums of `scores` (p, m) over the sample.

    Scores are weighted linearised values w·u of the responses `rows` (m,), None: of all; those of other responses are
    0 but belong to the design. Each stage adds ``Σ_h a_h Σ_c (z_hc − z̄_h)(z_hc − z̄_h)ᵀ`` over its units, with a_h =
    (1 − f_h)·n_h/(n_h − 1), of the second stage times the sampling fraction of the first. A stratum with one sampled
    unit is centred at the mean of all units. Of calibrated weights the scores are the residuals of their regression on
    the margins, of all responses. The array `scores` may be overwritten.
    Errors: none. Source: Särndal, Swensson & Wretman 1992, 4.3 and 5.5; Bellhouse 1985 for the recursion; Stata's
    `singleunit(centered)` for single units; Deville & Särndal 1992 for residuals.
    """
    if design.margins:
        scores, rows = _residuals(scores, design, rows), None
    total = np.zeros((len(scores), len(scores)))
    for stage in design.stages:
        unit, stratum = _present(stage, rows)
        # Only the last stage has responses as units, so that nothing reads the overwritten scores.
        totals = scores if stage.units is None else _sums(scores, unit, len(stratum))
        total += between_units(totals, stratum, stage)
    return total


def degrees_of_freedom(design: Design, rows: Integers | None = None) -> int:
    """Return sampled clusters less strata among the responses `rows` (m,), None: all; `EXACT` where none was sampled.

    Strata that were taken whole have no error and do not count; where their clusters were sampled at a second stage,
    those count as strata. Errors: none. Source: Korn & Graubard 1999, 5.2, for domains.
    """
    present = [_present(stage, rows)[1] for stage in design.stages]
    return degrees_of_units(
        design,
        [
            np.bincount(stratum, minlength=len(stage.sizes))
            for stage, stratum in zip(design.stages, present, strict=True)
        ],
    )


def degrees_by(present: Booleans, design: Design, rows: Integers | None) -> Integers:
    """Return `degrees_of_freedom` (p,) of each mask of `present` (p, m) over the responses `rows` (m,), None: all."""
    located = [_present(stage, rows) for stage in design.stages]
    sizes = [len(stage.sizes) for stage in design.stages]
    whole = degrees_of_freedom(design, rows)
    degrees = np.full(len(present), whole, dtype=np.int64)
    for item in np.flatnonzero(~present.all(axis=1)).tolist():
        mask = present[item]
        found = [
            stratum[mask] if stage.units is None else stratum[np.bincount(unit[mask], minlength=len(stratum)) > 0]
            for stage, (unit, stratum) in zip(design.stages, located, strict=True)
        ]
        units = [np.bincount(stratum, minlength=size) for stratum, size in zip(found, sizes, strict=True)]
        degrees[item] = degrees_of_units(design, units)
    return degrees


def degrees_of_units(design: Design, units: Sequence[Integers]) -> int:
    """Return the degrees of freedom of a domain with `units` (S,) present in each stratum, one array for each stage."""
    degrees, is_exact, unsampled = 0, True, None
    for stage, present in zip(design.stages, units, strict=True):
        is_counted = stage.factors > 0 if unsampled is None else (stage.factors > 0) & unsampled
        degrees += int(np.maximum(present - 1, 0)[is_counted].sum())
        is_exact &= not present[stage.factors > 0].any()
        if stage is not design.stages[-1]:
            unsampled = (stage.factors == 0)[stage.strata]
    return EXACT if is_exact else degrees


def between_units(totals: Floats, stratum: Integers, stage: Stage) -> Floats:
    """Return the sum of squares (p, p) between the units of a stage.

    `totals` (p, m) of the units that are present, in `stratum` (m,); those of all others are 0. Overwrites `totals`.
    """
    sums = _sums(totals, stratum, len(stage.sizes))
    means = sums / np.maximum(stage.sizes, 1)
    means[:, stage.sizes == 1] = sums.sum(axis=1, keepdims=True) / max(len(stage.strata), 1)
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
    columns = [np.bincount(index, column, minlength=size) for column in scores]
    return as_floats(columns).reshape(len(scores), size)


def _residuals(scores: Floats, design: Design, rows: Integers | None) -> Floats:
    """Return w·(u − x·β) of all responses (p, n), from w·u (p, m) of some; x are the indicators of the margins."""
    weighted = scores if rows is None else np.zeros((len(scores), design.n))
    if rows is not None:
        weighted[:, rows] = scores
    sizes = [int(codes.max(initial=-1)) + 1 for codes in design.margins]
    products = np.block(
        [
            [_cross(first, second, design.weights, (a, b)) for second, b in zip(design.margins, sizes, strict=True)]
            for first, a in zip(design.margins, sizes, strict=True)
        ]
    )
    right = np.vstack([_sums(weighted, codes, size).T for codes, size in zip(design.margins, sizes, strict=True)])
    # Indicators of several margins are dependent: any of the solutions has the same residuals.
    slopes = np.linalg.pinv(products, hermitian=True) @ right
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    for start, codes, size in zip(starts, design.margins, sizes, strict=True):
        for row, slope in zip(weighted, slopes[start : start + size].T, strict=True):
            row -= design.weights * slope[codes]
    return weighted


def _cross(first: Integers, second: Integers, weights: Floats, shape: tuple[int, int]) -> Floats:
    return as_floats(np.bincount(first * shape[1] + second, weights, minlength=shape[0] * shape[1]).reshape(shape))
