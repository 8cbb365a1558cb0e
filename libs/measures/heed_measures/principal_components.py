"""Weights of indicators from the data alone, by principal components."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput


class ComponentWeights(NamedTuple):
    """Weights (k,) that add up to 1, share of variance of each component (k,), number of components used."""

    weights: Floats
    explained: Floats
    used: int


def weights(values: ArrayLike, *, explain: float = 0.85) -> ComponentWeights:
    """Return the weights of k indicators from the principal components of their correlations.

    Shapes: values (n, k), n > k ≥ 1, nothing missing. As many components as explain `explain` of the variance; the
    weight of an indicator is the sum of its absolute coefficients, each times its component's share of variance,
    scaled to 1.
    Errors: `InvalidInput` for missing values, too few rows, or an indicator without variation.
    Source: Hotelling 1933 for the components; the weights from them † (主成分赋权).
    """
    table = as_floats(values)
    if table.ndim != 2 or table.shape[1] < 1 or len(table) <= table.shape[1] or not np.isfinite(table).all():
        raise InvalidInput("There must be more customers than indicators and no missing value.")
    spread = table.std(axis=0)
    if (spread <= 1e-12 * np.abs(table).max(axis=0)).any():
        raise InvalidInput("An indicator that is the same for all customers has no weight.")
    standard = (table - table.mean(axis=0)) / spread
    variances, vectors = np.linalg.eigh(standard.T @ standard / len(table))
    largest_first = np.argsort(variances)[::-1]
    explained = np.maximum(variances[largest_first], 0) / table.shape[1]
    used = min(int(np.searchsorted(np.cumsum(explained), explain - 1e-12)) + 1, table.shape[1])
    raw = np.abs(vectors[:, largest_first[:used]]) @ explained[:used]
    return ComponentWeights(raw / raw.sum(), explained, used)
