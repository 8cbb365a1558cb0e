"""Retention, cohorts and the leaky bucket."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput


class LeakyBucket(NamedTuple):
    """Customers lost and won in a period, the cost of each in money, and the net change."""

    lost: int
    won: int
    net: int
    value_lost: float
    cost_of_winning: float


def retention_rate(start: int, end: int, new: int) -> float:
    """Return the share of the customers of the start who remain at the end: ``(end − new)/start``, 0–1.

    Errors: `InvalidInput` for an empty start or impossible counts (more remained than there were).
    Source: common usage in customer-relationship management.
    """
    if start <= 0 or new < 0 or not 0 <= end - new <= start:
        raise InvalidInput("0 < start and 0 <= end - new <= start must hold.")
    return (end - new) / start


def leaky_bucket(*, start: int, end: int, new: int, value_each: float, cost_each: float) -> LeakyBucket:
    """Return the customers lost and won, and the cost of both.

    `value_each` is the value of a lost customer, `cost_each` the cost of winning one, both in the same money.
    Errors: as `retention_rate`. Source: the leaky-bucket picture of relationship marketing; Reichheld & Sasser 1990.
    """
    retention_rate(start, end, new)
    lost = start - (end - new)
    return LeakyBucket(lost, new, new - lost, lost * value_each, new * cost_each)


def cohort_retention(first: ArrayLike, active: ArrayLike, owner: ArrayLike, *, periods: int) -> Floats:
    """Return the share of each cohort that bought k periods later, (periods, periods), nan for the future.

    Shapes: first (n,) the period of each customer's first purchase; active and owner (m,): the customer in row owner[i]
    bought in period active[i]; periods count from 0. Column 0 is 1 for every cohort with customers.
    Errors: `InvalidInput` for a period outside 0..periods − 1 or a purchase before the first.
    Source: cohort analysis, common usage.
    """
    came, bought, who = (np.asarray(column, dtype=np.int64) for column in (first, active, owner))
    if any(column.size and (column.min() < 0 or column.max() >= periods) for column in (came, bought)):
        raise InvalidInput("A period lies outside the table.")
    later = bought - came[who]
    if (later < 0).any():
        raise InvalidInput("A purchase lies before the first purchase of its customer.")
    pairs = np.unique(np.column_stack([who, later]), axis=0)
    counts = np.zeros((periods, periods))
    np.add.at(counts, (came[pairs[:, 0]], pairs[:, 1]), 1)
    return _shares(counts, np.bincount(came, minlength=periods))


def retention_matrix(cohort: ArrayLike, later: ArrayLike, customers: ArrayLike, *, periods: int) -> Floats:
    """Return the table of `cohort_retention` from counts, (periods, periods), nan for the future.

    Shapes: (m,) each, a pair once: customers[i] of the cohort of period cohort[i] bought later[i] periods after; later
    0 is the size of the cohort. Errors: `InvalidInput` for a pair outside the table. Source: as `cohort_retention`.
    """
    came, after, counted = (np.asarray(column, dtype=np.int64) for column in (cohort, later, customers))
    if came.size and (min(came.min(), after.min()) < 0 or (came + after).max() >= periods):
        raise InvalidInput("A period lies outside the table.")
    counts = np.zeros((periods, periods))
    np.add.at(counts, (came, after), counted)
    return _shares(counts, counts[:, 0].astype(np.int64))


def _shares(counts: Floats, sizes: Integers) -> Floats:
    periods = len(sizes)
    counts[:, 0] = sizes
    observed = np.add.outer(np.arange(periods), np.arange(periods)) < periods
    known = observed & (sizes > 0)[:, np.newaxis]
    return np.where(known, counts / np.maximum(sizes, 1)[:, np.newaxis], np.nan)
