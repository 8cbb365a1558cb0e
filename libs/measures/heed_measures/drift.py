"""Monitoring of a model: distribution shift and calibration error of published probabilities."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput
from heed_measures.evaluation import Calibration

PSI_ALERT = 0.25
"""A population stability index from here on is a shift to act on; below .1 it is negligible."""
CALIBRATION_ALERT = 0.10
"""Mean calibration error from which forecasts are no longer trusted †."""


class ReferenceDistribution(NamedTuple):
    """A reference distribution: inner borders (k,), rising, and the share of the values in each group (k+1,).

    Group g holds values from border g−1 up to, but without, border g.
    """

    borders: tuple[float, ...]
    shares: tuple[float, ...]


def fit_reference(values: ArrayLike, *, groups: int = 10) -> ReferenceDistribution:
    """Return the reference distribution of values (n,), in groups of equal size; fewer where many values are equal.

    Errors: `InvalidInput` without values. Source: deciles, as credit scoring watches them (Siddiqi 2006).
    """
    reference = as_floats(values)
    if len(reference) == 0:
        raise InvalidInput("A reference needs at least one value.")
    borders = np.unique(np.quantile(reference, np.arange(1, groups) / groups, method="inverted_cdf"))
    counts = histogram(borders, reference)
    return ReferenceDistribution(tuple(borders.tolist()), tuple((counts / len(reference)).tolist()))


def histogram(borders: ArrayLike, values: ArrayLike) -> Floats:
    """Return the number of values in each group, (k+1,). Shapes: borders (k,), values (n,). Errors: none. Source: †."""
    inner = as_floats(borders)
    groups = np.searchsorted(inner, as_floats(values), side="right")
    return as_floats(np.bincount(groups, minlength=len(inner) + 1))


def population_stability_index(shares: ArrayLike, counts: ArrayLike) -> float:
    """Return the population stability index (PSI) of a reference against today's counts in the same groups.

    Shapes: (g,) each. An empty group counts as half a customer of today's.
    Errors: `InvalidInput` for different shapes or no customers. Source: credit-scoring practice (Siddiqi 2006); the
    half †.
    """
    before, found = as_floats(shares), as_floats(counts)
    if before.shape != found.shape or not found.sum() > 0:
        raise InvalidInput("The counts are of other groups, or of no customers.")
    least = 0.5 / found.sum()
    old, new = np.maximum(before, least), np.maximum(found / found.sum(), least)
    return float(np.sum((new - old) * np.log(new / old)))


def expected_calibration_error(table: Calibration) -> float:
    """Return the expected calibration error: the mean over customers of their group's |forecast − observed|.

    Errors: `InvalidInput` without customers. Source: expected calibration error (Naeini, Cooper & Hauskrecht 2015).
    """
    customers = table.customers.sum()
    if customers == 0:
        raise InvalidInput("There is no customer.")
    return float(np.sum(table.customers * np.abs(table.forecast - table.observed)) / customers)
