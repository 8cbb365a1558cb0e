"""A log of purchases, split at a day into the cohort until then and its outcomes afterwards.

Days are whole numbers (ordinals); times of a cohort are weeks, as everywhere in the library.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import DAYS_PER_WEEK, Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class PurchaseLog(NamedTuple):
    """Per purchase (n,), in any order: customer (any integer), day, and amount (spend or margin)."""

    customer: Integers
    day: Integers
    amount: Floats


@dataclass(frozen=True, slots=True)
class Cohort:
    """All customers with a purchase by the day, (k,) each, in the order of their numbers; nothing of later days."""

    customer: Integers
    x: Floats
    """Repeat purchase days."""
    tx: Floats
    """Weeks from the first purchase day to the last."""
    T: Floats
    """Weeks from the first purchase day to the cut."""
    mean_amount: Floats
    """Mean of a repeat purchase day; 0 without one."""
    own_amount: Floats
    """Mean of any purchase day."""
    recent_x: Floats
    """Repeat purchase days within a window before the cut."""
    recent_amount: Floats
    """Amount of all purchase days within that window, the first one included."""


@dataclass(frozen=True, slots=True)
class Holdout:
    """Outcomes of the cohort, (k,) each: days with a purchase, and their amount."""

    days: Floats
    amount: Floats

    @property
    def bought(self) -> Integers:
        """Return 1 for each customer with a purchase, else 0."""
        return (self.days > 0).astype(np.int64)


def purchase_log(customer: ArrayLike, day: ArrayLike, amount: ArrayLike) -> PurchaseLog:
    """Return the log of checked columns.

    Shapes: (n,) each. Errors: `InvalidInput` for columns of different length, days or customers that are not
    whole numbers, and amounts that are not finite. Source: †.
    """
    numbers, days, amounts = np.asarray(customer), np.asarray(day), as_floats(amount)
    if any(column.ndim != 1 or len(column) != len(numbers) for column in (numbers, days, amounts)):
        raise InvalidInput("Columns must be one-dimensional and of the same length.")
    if len(numbers) and any(column.dtype.kind not in "iu" for column in (numbers, days)):
        raise InvalidInput("Customers and days are whole numbers.")
    if not np.isfinite(amounts).all():
        raise InvalidInput("Amounts must be finite.")
    return PurchaseLog(numbers.astype(np.int64), days.astype(np.int64), amounts)


def cohort_at(log: PurchaseLog, *, until: int, window: int) -> Cohort:
    """Return all customers with a purchase by the end of the day `until`; the window is the last `window` days.

    Errors: `InvalidInput` without any purchase. Source: counting as in Fader, Hardie & Lee 2005; the window †.
    """
    customer, day, amount = _merge_days(log, log.day <= until)
    if len(customer) == 0:
        raise InvalidInput("There is no purchase by that day.")
    first_row = np.r_[True, customer[1:] != customer[:-1]]
    owner, starts = np.cumsum(first_row) - 1, np.flatnonzero(first_row)
    first, last, n = day[starts], day[np.r_[starts[1:], len(day)] - 1], len(starts)
    x = _sum_per_customer(owner, n, ~first_row)
    repeat_amount = _sum_per_customer(owner, n, amount * ~first_row)
    recent = day > until - window
    return Cohort(
        customer=customer[starts],
        x=x,
        tx=(last - first) / DAYS_PER_WEEK,
        T=(until - first) / DAYS_PER_WEEK,
        mean_amount=repeat_amount / np.maximum(x, 1),
        own_amount=_sum_per_customer(owner, n, amount) / (x + 1),
        recent_x=_sum_per_customer(owner, n, recent & ~first_row),
        recent_amount=_sum_per_customer(owner, n, amount * recent),
    )


def outcomes_after(log: PurchaseLog, cohort: Cohort, *, until: int, days: int) -> Holdout:
    """Return the purchases of the cohort in the `days` days after `until`; later customers do not count.

    Errors: none. Source: as above.
    """
    customer, _, amount = _merge_days(log, (log.day > until) & (log.day <= until + days))
    n = len(cohort.customer)
    row = np.minimum(np.searchsorted(cohort.customer, customer), n - 1)
    is_member = cohort.customer[row] == customer
    return Holdout(days=_sum_per_customer(row, n, is_member), amount=_sum_per_customer(row, n, amount * is_member))


def _sum_per_customer(owner: Integers, n: int, values: ArrayLike) -> Floats:
    """Return the sum of the values of each of n customers."""
    return as_floats(np.bincount(owner, weights=values, minlength=n))


def _merge_days(log: PurchaseLog, rows: NDArray[np.bool_]) -> PurchaseLog:
    """Return one row for each customer and day, sorted: several purchases of one day are one."""
    # Amounts are sorted too, so that a sum does not depend on the order of the log.
    order = np.lexsort((log.amount[rows], log.day[rows], log.customer[rows]))
    customer, day, amount = log.customer[rows][order], log.day[rows][order], log.amount[rows][order]
    starts = np.flatnonzero(np.r_[True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])][: len(customer)])
    total = np.add.reduceat(amount, starts) if len(starts) else amount
    return PurchaseLog(customer[starts], day[starts], total)
