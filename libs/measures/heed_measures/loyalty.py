"""Loyalty: an index from 0 to 100 over behaviour or attitude indicators, and the class of a customer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats, blocks
from heed_measures.errors import InvalidInput
from heed_measures.normalisation import efficacy

CLASSES = ("none", "spurious", "latent", "true")
UNKNOWN_CLASS = -1


class LoyaltyIndex(NamedTuple):
    """Points (n,) 0–100, nan without any indicator; coverage (n,) 0–1; the contribution of each indicator (n, k)."""

    points: Floats
    coverage: Floats
    contributions: Floats


def loyalty_index(values: ArrayLike, *, x_no: ArrayLike, x_sat: ArrayLike, weights: ArrayLike) -> LoyaltyIndex:
    """Return the weighted index of the available indicators.

    Shapes: values (n, k) with nan for missing values; x_no, x_sat, weights (k,). Each indicator is normalised by the
    efficacy coefficient (smaller may be better); the weights of the available ones are scaled to 1. `coverage` is
    weight present / weight total; the contributions of a row (0 where missing) add up to its points.
    Errors: `InvalidInput` for wrong shapes, x_no = x_sat, negative weights or none. Source: efficacy coefficient †.
    """
    table, share = as_floats(values), _shares(weights)
    least, best = as_floats(x_no), as_floats(x_sat)
    if table.ndim != 2 or not table.shape[1:] == share.shape == least.shape == best.shape:
        raise InvalidInput("Each indicator needs one unacceptable value, one satisfying value and one weight.")
    total, coverage, contributions = np.empty(len(table)), np.empty(len(table)), np.empty_like(table)
    for rows in blocks(len(table)):
        total[rows], coverage[rows], contributions[rows] = _points(table[rows], least, best, share)
    return LoyaltyIndex(total, coverage, contributions)


def _points(table: Floats, least: Floats, best: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    # Column by column, so that a row has the same bits alone and among many.
    coverage, total, points = np.zeros(len(table)), np.zeros(len(table)), np.empty_like(table)
    for column in range(table.shape[1]):
        normal = efficacy(table[:, column], x_no=least[column], x_sat=best[column])
        coverage += share[column] * ~np.isnan(normal)
        np.fmax(share[column] * normal, 0.0, out=points[:, column])  # 0 where it is nan
    is_known = coverage > 0
    scale = 1 / np.where(is_known, coverage, 1.0)
    for column in range(table.shape[1]):
        points[:, column] *= scale
        total += points[:, column]
    return np.where(is_known, total, np.nan), np.minimum(coverage, 1.0), points


def classify(
    attitude: ArrayLike, behaviour: ArrayLike, *, attitude_cut: float = 60.0, behaviour_cut: float = 60.0
) -> NDArray[np.int8]:
    """Return the class of loyalty as an index of `CLASSES`; `UNKNOWN` (−1) where attitude or behaviour is nan.

    Shapes broadcast; indices 0–100, a value at the cut-off counts as high. High attitude and behaviour: true; attitude
    alone: latent; behaviour alone: spurious. A label for readers, not a predictor.
    Errors: none. Source: Dick & Basu 1994, Journal of the Academy of Marketing Science 22(2); the cut-offs †.
    """
    attitudes, behaviours = as_floats(attitude), as_floats(behaviour)
    label = 2 * (attitudes >= attitude_cut) + 1 * (behaviours >= behaviour_cut)
    return np.where(np.isnan(attitudes) | np.isnan(behaviours), UNKNOWN_CLASS, label).astype(np.int8)


def _shares(weights: ArrayLike) -> Floats:
    given = as_floats(weights)
    total = float(given.sum())
    if given.ndim != 1 or not np.isfinite(total) or (given < 0).any() or total <= 0:
        raise InvalidInput("Weights must be finite, none negative and at least one positive.")
    return given / total
