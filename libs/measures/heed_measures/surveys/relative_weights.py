"""Key drivers that are correlated with each other: Johnson's relative weights."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats, same_length
from heed_measures.errors import InvalidInput


class RelativeWeights(NamedTuple):
    """`weights` (p,) the part of R² of each driver, at least 0; they add up to `r_squared`."""

    weights: Floats
    r_squared: float


def relative_weights(drivers: ArrayLike, outcome: ArrayLike, weights: ArrayLike | None = None) -> RelativeWeights:
    """Return how much of the variance of `outcome` (n,) each of the `drivers` (n, p) accounts for.

    Drivers are replaced by the orthogonal variables closest to them, so that collinearity does no harm. `weights` (n,)
    are those of the responses, default equal. A share has no sign: see the correlation for the direction.
    Errors: `InvalidInput` for other shapes, missing values, a constant column or no more rows than drivers.
    Source: Johnson 2000, Multivariate Behavioral Research 35(1).
    """
    table = as_floats(drivers)
    if table.ndim != 2 or len(table) <= table.shape[1] + 1:
        raise InvalidInput("Drivers need more responses than columns.")
    size = np.ones(len(table)) if weights is None else as_floats(weights)
    *columns, target, size = same_length(*table.T, as_floats(outcome), size)
    covariance = np.cov(np.array([*columns, target]), aweights=size)
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 1e-12 * (1 + np.abs(covariance).max())).all():
        raise InvalidInput("A column has the same value in all responses.")
    correlation = covariance / np.outer(spread, spread)
    values, vectors = np.linalg.eigh(correlation[:-1, :-1])
    roots = np.sqrt(np.maximum(values, 0.0))
    loadings = (vectors * roots) @ vectors.T
    slopes = np.linalg.pinv(loadings, hermitian=True) @ correlation[:-1, -1]
    shares = loadings**2 @ slopes**2
    return RelativeWeights(shares, float(shares.sum()))
