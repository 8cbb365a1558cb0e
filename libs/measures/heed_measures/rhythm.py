"""Broken purchase rhythm: who came every week has not come for a month. A reason to show, not a score."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats

FACTOR = 2.0
LEAST_REPEATS = 2


def gap_ratio(x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Time since the last purchase over the customer's own mean interval: ``(T − tx)/(tx/x)``; nan without a repeat.

    Shapes broadcast; x repeat purchase days, tx time of the last one, T age, same unit. Errors: none. Source: †.
    """
    bought, last, age = as_floats(x), as_floats(tx), as_floats(T)
    regular = (bought > 0) & (last > 0)
    return np.where(regular, (age - last) * bought / np.where(regular, last, 1.0), np.nan)


def is_broken(
    x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, factor: float = FACTOR, least_repeats: int = LEAST_REPEATS
) -> NDArray[np.bool_]:
    """Whether the gap is longer than `factor` own intervals, for those who bought often enough to have a rhythm.

    Shapes as `gap_ratio`. Errors: none. Source: †; on CDNOW it ranks who stays away worse than the purchase models.
    """
    ratio = gap_ratio(x, tx, T)
    return (as_floats(x) >= least_repeats) & (np.nan_to_num(ratio, nan=0.0) > factor)
