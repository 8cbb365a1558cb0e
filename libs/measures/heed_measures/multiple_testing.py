"""Multiple testing: of twenty tests without any effect one is significant by chance."""

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput


def holm(p: ArrayLike) -> Floats:
    """Return p-values adjusted so that the chance of any false alarm among them stays below the level.

    Shape (n,) in and out, in the same order; an adjusted value is never below its own and at most 1.
    Errors: `InvalidInput` for a value outside 0–1. Source: Holm 1979.
    """
    raw = as_floats(p)
    if raw.ndim != 1 or not ((raw >= 0) & (raw <= 1)).all():
        raise InvalidInput("p-values lie between 0 and 1.")
    order = np.argsort(raw, kind="stable")
    stepped = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
