"""Reliability of a scale: Cronbach's alpha, raw and standardised, and item–total correlations."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput, MeasureError
from heed_measures.surveys.design import Booleans, Design, Estimate
from heed_measures.surveys.estimators import linearised
from heed_measures.surveys.intervals import LEVEL


class ConstantItem(MeasureError):
    """An item has the same value in all complete responses, so that correlations with it are undefined."""

    code = "constant_item"

    def __init__(self, item: int) -> None:
        super().__init__(f"Item {item} has the same value in all complete responses.")
        self.item = item


class TooFewResponses(MeasureError):
    """There are fewer complete responses than the measure needs."""

    code = "too_few_responses"


@dataclass(frozen=True, slots=True)
class ItemReliability:
    """One item: its correlation with the sum of the others, and the alpha of the scale without it (nan: no scale)."""

    item_rest_correlation: float
    alpha_without: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """`alpha` is raw (of covariances) with the error of the design, `standardised` of correlations.

    `n` complete responses were used, `incomplete` were left out because an item had no response.
    """

    alpha: Estimate
    standardised: float
    items: tuple[ItemReliability, ...]
    n: int
    incomplete: int


class _Complete(NamedTuple):
    """Centred values (m, p) of complete responses, their rows (m,) and relative weights (m,)."""

    centred: Floats
    rows: Integers
    shares: Floats


def reliability(
    values: ArrayLike, design: Design, *, domain: Booleans | None = None, level: float = LEVEL
) -> Reliability:
    """Return Cronbach's alpha ``p/(p−1)·(1 − Σ s_j²/s_T²)`` of p items, weighted, of complete responses.

    Shape: `values` (n, p), p at least 2, nan without response; items of opposite sense are reversed by the caller.
    Errors: `InvalidInput` for other shapes, `TooFewResponses` below three complete ones, `ConstantItem`.
    Source: Cronbach 1951; the error by linearisation of the variances.
    """
    table = as_floats(values)
    if table.ndim != 2 or len(table) != design.n or table.shape[1] < 2:
        raise InvalidInput("A scale needs two items, and a row for each response of the design.")
    started = np.asarray(~np.isnan(table).all(axis=1))
    if domain is not None:
        started &= domain
    data = _complete(table, started, design)
    covariance = (data.centred * data.shares[:, np.newaxis]).T @ data.centred
    spread = np.sqrt(np.diag(covariance))
    for item in np.flatnonzero(spread <= 1e-12 * (1 + np.abs(table[data.rows]).max(axis=0))).tolist():
        raise ConstantItem(item)
    correlation = covariance / np.outer(spread, spread)
    p, n = table.shape[1], len(data.rows)
    mean = (float(correlation.sum()) - p) / (p * (p - 1))
    return Reliability(
        _raw(data, covariance, design, level),
        p * mean / (1 + (p - 1) * mean),
        tuple(_item(covariance, item) for item in range(p)),
        n,
        int(started.sum()) - n,
    )


def _complete(table: Floats, started: Booleans, design: Design) -> _Complete:
    rows = np.flatnonzero(~np.isnan(table).any(axis=1) & started)
    weights = design.weights[rows]
    if len(rows) < 3 or not weights.any():
        raise TooFewResponses("Reliability needs three complete responses.")
    shares = weights / weights.sum()
    return _Complete(table[rows] - shares @ table[rows], rows, shares)


def _raw(data: _Complete, covariance: Floats, design: Design, level: float) -> Estimate:
    p = len(covariance)
    own, whole = float(np.trace(covariance)), float(covariance.sum())
    if not whole > 0:
        raise ConstantItem(0)
    alpha = _alpha(own, whole, p)
    squares = (data.centred**2).sum(axis=1) - own
    totals = data.centred.sum(axis=1) ** 2 - whole
    scores = -p / (p - 1) * (squares / whole - own * totals / whole**2) / design.weights[data.rows].sum()
    n = len(data.rows)
    size = design.weights[data.rows].sum()
    simple = float(size * (design.weights[data.rows] @ scores**2) / (n - 1))
    return linearised(alpha, scores, data.rows, design, simple=simple, n=n, level=level)


def _alpha(own: float, whole: float, p: int) -> float:
    return p / (p - 1) * (1 - own / whole) if p > 1 and whole > 0 else float("nan")


def _item(covariance: Floats, item: int) -> ItemReliability:
    rest = np.delete(np.delete(covariance, item, axis=0), item, axis=1)
    with_rest = float(np.delete(covariance[item], item).sum())
    whole = float(rest.sum())
    spread = float(np.sqrt(covariance[item, item] * whole)) if whole > 0 else 0.0
    correlation = with_rest / spread if spread else float("nan")
    return ItemReliability(correlation, _alpha(float(np.trace(rest)), whole, len(rest)))
