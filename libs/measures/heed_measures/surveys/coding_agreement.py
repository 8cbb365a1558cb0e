"""Agreement of coders of open answers: Krippendorff's alpha, with gaps and any number of coders."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

Metric = Literal["nominal", "interval"]


def krippendorff_alpha(codes: ArrayLike, *, metric: Metric = "nominal") -> float:
    """Return ``1 − observed/expected disagreement``: 1 for perfect agreement, 0 for that of chance.

    Shape: `codes` (coders, units), numbers, nan where a coder did not code a unit; units with fewer than two codes do
    not count. Disagreement of two codes is 1 (nominal) or their squared difference (interval). nan where all codes are
    the same or no unit has two. Errors: `InvalidInput` for another shape.
    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability.
    """
    table = as_floats(codes)
    if table.ndim != 2:
        raise InvalidInput("Codes are a table of coders and units.")
    levels = np.unique(table[~np.isnan(table)])
    counts = np.array([(table == level).sum(axis=0) for level in levels], dtype=np.float64).reshape(len(levels), -1)
    paired = counts[:, counts.sum(axis=0) > 1]
    sizes = paired.sum(axis=0)
    coincidences = (paired / (sizes - 1)) @ paired.T - np.diag((paired / (sizes - 1)).sum(axis=1))
    totals = coincidences.sum(axis=1)
    n = float(totals.sum())
    distances = _distances(levels, metric)
    expected = float(totals @ distances @ totals)
    if not expected:
        return float("nan")
    return 1 - (n - 1) * float((coincidences * distances).sum()) / expected


def _distances(levels: Floats, metric: Metric) -> Floats:
    apart = levels[:, np.newaxis] - levels
    return as_floats(apart != 0) if metric == "nominal" else apart**2
