"""Loyalty: an index from 0 to 100 over behaviour or attitude indicators, and the class it puts a customer into."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats, blocks
from heed_measures.errors import InvalidInput
from heed_measures.normalisation import efficacy

CLASSES = ("none", "spurious", "latent", "true")
UNKNOWN = -1


class LoyaltyIndex(NamedTuple):
    """Points (n,) 0–100, nan where no indicator is known; coverage (n,) 0–1; the share of each indicator (n, k)."""

    points: Floats
    coverage: Floats
    contributions: Floats


def loyalty_index(values: ArrayLike, *, x_no: ArrayLike, x_sat: ArrayLike, weights: ArrayLike) -> LoyaltyIndex:
    """One number for how loyal a customer is, over the indicators that are known.

    Shapes: values (n, k) with nan for what is not known; x_no, x_sat, weights (k,). Each indicator is normalised by the
    efficacy coefficient (smaller may be better); the weights of the known ones are scaled to 1. `coverage` is weight
    present / weight total; the contributions of a row (0 where unknown) add up to its points.
    Errors: `InvalidInput` for wrong shapes, x_no = x_sat, negative weights or none. Source: efficacy coefficient †.
    """
    table, share = as_floats(values), _shares(weights)
    least, best = as_floats(x_no), as_floats(x_sat)
    if table.ndim != 2 or not table.shape[1:] == share.shape == least.shape == best.shape:
        raise InvalidInput("Needed: one unacceptable value, satisfying value and weight for each column of indicators.")
    total, known, contributions = np.empty(len(table)), np.empty(len(table)), np.empty_like(table)
    for rows in blocks(len(table)):
        total[rows], known[rows], contributions[rows] = _points(table[rows], least, best, share)
    return LoyaltyIndex(total, known, contributions)


def _points(table: Floats, least: Floats, best: Floats, share: Floats) -> tuple[Floats, Floats, Floats]:
    # Column by column, so that a row has the same bits alone and among many.
    known, total, points = np.zeros(len(table)), np.zeros(len(table)), np.empty_like(table)
    for column in range(table.shape[1]):
        normal = efficacy(table[:, column], x_no=least[column], x_sat=best[column])
        known += share[column] * ~np.isnan(normal)
        np.fmax(share[column] * normal, 0.0, out=points[:, column])  # 0 where it is nan
    something = known > 0
    scale = 1 / np.where(something, known, 1.0)
    for column in range(table.shape[1]):
        points[:, column] *= scale
        total += points[:, column]
    return np.where(something, total, np.nan), np.minimum(known, 1.0), points


def classify(
    attitude: ArrayLike, behaviour: ArrayLike, *, attitude_cut: float = 60.0, behaviour_cut: float = 60.0
) -> NDArray[np.int8]:
    """The class of loyalty as a place in `CLASSES`; `UNKNOWN` (−1) where attitude or behaviour is nan.

    Shapes broadcast; indices 0–100, a value at the cut-off counts as high. High attitude and behaviour: true; attitude
    alone: latent; behaviour alone: spurious. A label for people, not a predictor.
    Errors: none. Source: Dick & Basu 1994, Journal of the Academy of Marketing Science 22(2); the cut-offs †.
    """
    feels, acts = as_floats(attitude), as_floats(behaviour)
    label = 2 * (feels >= attitude_cut) + 1 * (acts >= behaviour_cut)
    return np.where(np.isnan(feels) | np.isnan(acts), UNKNOWN, label).astype(np.int8)


def _shares(weights: ArrayLike) -> Floats:
    given = as_floats(weights)
    total = float(given.sum())
    if given.ndim != 1 or not np.isfinite(total) or (given < 0).any() or total <= 0:
        raise InvalidInput("Weights must be finite, none negative and at least one positive.")
    return given / total
