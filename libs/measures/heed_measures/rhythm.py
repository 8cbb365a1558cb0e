"""Broken purchase rhythm: who came every week has not come for a month. A reason to show, not a score."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

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


class Stopped(NamedTuple):
    """Lines (m,) that broke while others of the same customer go on; customers (n,) for whom nothing goes on."""

    single: NDArray[np.bool_]
    whole: NDArray[np.bool_]


def stopped(customer: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, everything: ArrayLike) -> Stopped:
    """Tells a category that somebody stopped buying from somebody who stopped buying.

    Shapes: (m,) each: line i is one category of customer[i], a place from 0, with x, tx, T of that category alone;
    everything (n,): whether the rhythm of all purchases together is broken. Somebody has stopped altogether when that
    is so and no category goes on in its own rhythm; only then, so that a slow category is given its own time.
    Errors: `InvalidInput` for a place outside of `everything`. Source: †.
    """
    owner, silent = np.asarray(customer, dtype=np.int64), np.asarray(everything, dtype=np.bool_)
    if len(owner) and (owner.min() < 0 or owner.max() >= len(silent)):
        raise InvalidInput("Needed: for each line the place of its customer.")
    broken = is_broken(x, tx, T)
    going_on = (as_floats(x) >= LEAST_REPEATS) & ~broken
    whole = silent & (np.bincount(owner[going_on], minlength=len(silent)) == 0)
    return Stopped(broken & ~whole[owner], whole)
