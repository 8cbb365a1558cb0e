"""Broken purchase rhythm: a weekly customer has not bought for a month. A reason to show, not a score."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

BROKEN_FROM = 2.0
MIN_REPEATS = 2


def gap_ratio(x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Return the time since the last purchase over the mean interval, ``(T − tx)/(tx/x)``; nan without a repeat.

    Shapes broadcast; x repeat purchase days, tx time of the last one, T age, same unit. Errors: none. Source: †.
    """
    bought, last, age = as_floats(x), as_floats(tx), as_floats(T)
    regular = (bought > 0) & (last > 0)
    return np.where(regular, (age - last) * bought / np.where(regular, last, 1.0), np.nan)


def is_broken(
    x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, factor: float = BROKEN_FROM, min_repeats: int = MIN_REPEATS
) -> NDArray[np.bool_]:
    """Return whether the gap is longer than `factor` own intervals, where there are enough purchases for a rhythm.

    Shapes as `gap_ratio`. Errors: none. Source: †; on CDNOW it ranks inactive customers worse than the purchase models.
    """
    ratio = gap_ratio(x, tx, T)
    return (as_floats(x) >= min_repeats) & (np.nan_to_num(ratio, nan=0.0) > factor)


class StoppedSeries(NamedTuple):
    """Series (m,) that broke while others of the customer continue; customers (n,) of whom no series continues."""

    series: NDArray[np.bool_]
    customers: NDArray[np.bool_]


def find_stopped(
    customer: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, overall_broken: ArrayLike
) -> StoppedSeries:
    """Distinguish categories that a customer stopped buying from customers who stopped buying.

    Shapes: (m,) each: series i is one category of customer[i], an index from 0, with x, tx, T of that category alone;
    overall_broken (n,): whether the rhythm of all purchases together is broken. A customer has stopped when it is and
    no category continues in its own rhythm; only then, so that a slow category is given its own time.
    Errors: `InvalidInput` for an index outside of `overall_broken`. Source: †.
    """
    owner, is_silent = np.asarray(customer, dtype=np.int64), np.asarray(overall_broken, dtype=np.bool_)
    if len(owner) and (owner.min() < 0 or owner.max() >= len(is_silent)):
        raise InvalidInput("Each series needs the index of its customer.")
    broken = is_broken(x, tx, T)
    continues = (as_floats(x) >= MIN_REPEATS) & ~broken
    customers = is_silent & (np.bincount(owner[continues], minlength=len(is_silent)) == 0)
    return StoppedSeries(broken & ~customers[owner], customers)
