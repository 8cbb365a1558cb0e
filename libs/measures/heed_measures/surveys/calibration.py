"""Weights that agree with known totals of the population: post-stratification, raking, trimming.

The returned design carries the margins, so that every later estimate has the error of the residuals: what the margins
explain does not vary from sample to sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput, MeasureError
from heed_measures.surveys.design import Design

TOLERANCE = 1e-10
MAX_ROUNDS = 1000
TOTALS_TOLERANCE = 1e-6


class EmptyMargin(MeasureError):
    """A category has population members but no response that could represent them."""

    code = "empty_margin"

    def __init__(self, margin: int, category: int) -> None:
        super().__init__(f"Category {category} of margin {margin} has no response; join it with another one.")
        self.margin = margin
        self.category = category


class RakingNotConverged(MeasureError):
    """The margins contradict each other in this sample, so that no weights agree with all of them."""

    code = "raking_not_converged"


@dataclass(frozen=True, eq=False)
class Margin:
    """A known margin: `codes` (n,) the category of each response from 0, `totals` (k,) of the population, or shares."""

    codes: Integers
    totals: Floats

    @classmethod
    def of(cls, codes: ArrayLike, totals: ArrayLike) -> "Margin":
        """Return the margin of arrays. Errors: `InvalidInput` for a negative total or a code outside the totals."""
        column, known = np.asarray(codes), as_floats(totals)
        if column.ndim != 1 or column.dtype.kind not in "iu" or known.ndim != 1 or not (known >= 0).all():
            raise InvalidInput("A margin has a category for each response, and totals of at least 0.")
        if column.min(initial=0) < 0 or column.max(initial=-1) >= len(known):
            raise InvalidInput("Each response must have one of the categories of a margin.")
        return cls(column.astype(np.int64), known)


def post_stratify(design: Design, cells: Margin) -> Design:
    """Return the design with weights that sum to the population total of each cell.

    Errors: as `rake`. Source: Holt & Smith 1979.
    """
    return rake(design, [cells])


def rake(design: Design, margins: Sequence[Margin], *, max_rounds: int = MAX_ROUNDS) -> Design:
    """Return the design with weights that sum to the totals of every margin at once.

    Weights are multiplied margin by margin until all agree within 1e-10 of the largest total. A category without
    population gets weight 0. Errors: `EmptyMargin`, `RakingNotConverged`; `InvalidInput` where margins have different
    sums or lengths. Source: Deming & Stephan 1940; Deville, Särndal & Sautory 1993 for the errors.
    """
    _check(design, margins)
    weights = design.weights.copy()
    for _ in range(max_rounds):
        gap = 0.0
        for margin in margins:
            sums = np.bincount(margin.codes, weights, minlength=len(margin.totals))
            gap = max(gap, float(np.abs(sums - margin.totals).max()) / float(margin.totals.max()))
            factors = np.divide(margin.totals, sums, out=np.zeros_like(sums), where=sums > 0)
            weights *= factors[margin.codes]
        if gap < TOLERANCE:
            return replace(design, weights=weights, margins=tuple(margin.codes for margin in margins))
    raise RakingNotConverged(f"After {max_rounds} rounds the largest gap is {gap:.2g} of a total.")


def trim(design: Design, *, max_ratio: float) -> Design:
    """Return the design with no weight above `max_ratio` times the mean; what is cut goes to the others in proportion.

    Less variance for some bias; the sum of the weights stays. Errors: `InvalidInput` for a ratio of 1 or less.
    Source: Potter 1990. Trim before raking: raking restores the totals.
    """
    if not max_ratio > 1:
        raise InvalidInput("Weights can be trimmed to more than their mean only.")
    weights = design.weights.copy()
    limit = max_ratio * float(weights.mean())
    is_cut = np.zeros(len(weights), dtype=np.bool_)
    while (weights > limit * (1 + TOLERANCE)).any():
        is_cut |= weights > limit
        rest = float(weights[~is_cut].sum())
        left = float(weights.sum()) - limit * int(is_cut.sum())
        weights[is_cut] = limit
        weights[~is_cut] *= left / rest if rest else 1.0
    return design.reweighted(weights)


def _check(design: Design, margins: Sequence[Margin]) -> None:
    if not margins or any(len(margin.codes) != design.n for margin in margins):
        raise InvalidInput("Each margin must have a category for each response of the design.")
    sums = [float(margin.totals.sum()) for margin in margins]
    if not min(sums) > 0 or max(sums) - min(sums) > TOTALS_TOLERANCE * max(sums):
        raise InvalidInput("All margins must have the same sum, that of the population.")
    for number, margin in enumerate(margins):
        present = np.bincount(margin.codes, design.weights, minlength=len(margin.totals)) > 0
        for category in np.flatnonzero((margin.totals > 0) & ~present).tolist():
            raise EmptyMargin(number, category)
