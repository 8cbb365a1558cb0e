"""Signs of careless responses: straight-lining, speeding, contradictions, duplicates, late recall.

A flag is a doubt and no proof: results are shown with and without flagged responses. All functions are vectorised over
n responses; missing answers are nan.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput

Booleans = NDArray[np.bool_]

MIN_BATTERY = 5
"""Answers on one scale that are all the same before they count as straight-lining: fewer often are by chance."""
SECONDS_PER_ITEM = 2.0
"""Huang, Curran, Keeney, Poposki & DeShon 2012, Journal of Business and Psychology 27."""
REVERSED_TOLERANCE = 0.25
"""Share of the scale by which the answers to an item and to its reverse may differ from a mirror image."""
MAX_DELAY_DAYS = 30.0
"""† After a month memories of a single contact are no longer those of the contact."""


def straight_lining(battery: ArrayLike, *, min_answers: int = MIN_BATTERY) -> Booleans:
    """Return which responses give one value to all items of a battery.

    `battery` has shape (n, k): k items on the same scale. Responses with fewer than `min_answers` answers are not
    flagged. Source: Johnson 2005 (long-string index), Journal of Research in Personality 39.
    Errors: `InvalidInput` for other shapes.
    """
    values = _matrix(battery)
    answered = ~np.isnan(values)
    lowest = np.where(answered, values, np.inf).min(axis=1, initial=np.inf)
    highest = np.where(answered, values, -np.inf).max(axis=1, initial=-np.inf)
    return np.asarray((answered.sum(axis=1) >= min_answers) & (lowest == highest), dtype=np.bool_)


def speeding(seconds: ArrayLike, items: ArrayLike, *, seconds_per_item: float = SECONDS_PER_ITEM) -> Booleans:
    """Return which responses took less time than reading takes.

    `seconds` (n,) the time from opening to sending, nan where unknown; `items` (n,) the number of answers.
    """
    taken, answered = as_floats(seconds), as_floats(items)
    return (answered > 0) & (taken < seconds_per_item * answered)


def contradictions(
    values: ArrayLike, reverses: ArrayLike, *, lowest: float, highest: float, tolerance: float = REVERSED_TOLERANCE
) -> Booleans:
    """Return which responses contradict themselves on an item and its reverse.

    `values` and `reverses` have shape (n,), on the scale from `lowest` to `highest`. A consistent pair mirrors itself
    at the middle of the scale; flagged are pairs on the same side of it that miss the mirror image by more than
    `tolerance` of the scale. Errors: `InvalidInput` for an empty scale.
    """
    if not lowest < highest:
        raise InvalidInput("a scale has two different ends")
    direct, mirrored = as_floats(values), lowest + highest - as_floats(reverses)
    middle = (lowest + highest) / 2
    same_side = (direct - middle) * (as_floats(reverses) - middle) > 0
    return np.asarray(same_side & (np.abs(direct - mirrored) > tolerance * (highest - lowest)), dtype=np.bool_)


def questionable_pairs(functional: ArrayLike, dysfunctional: ArrayLike, *, like: float, dislike: float) -> Booleans:
    """Return which answers to a Kano pair cannot both be meant: liked, or disliked, with and without the feature.

    Shapes (n,). Source: Kano, Seraku, Takahashi & Tsuji 1984, the questionable cells of the evaluation table.
    """
    with_it, without_it = as_floats(functional), as_floats(dysfunctional)
    is_extreme = (with_it == like) | (with_it == dislike)
    return np.asarray((with_it == without_it) & is_extreme, dtype=np.bool_)


def duplicates(records: Sequence[bytes]) -> Booleans:
    """Return which records, of shape (n,), are equal to an earlier one."""
    seen: set[bytes] = set()
    found = np.zeros(len(records), dtype=np.bool_)
    for index, record in enumerate(records):
        found[index] = record in seen
        seen.add(record)
    return found


def late(delay_days: ArrayLike, *, max_delay_days: float = MAX_DELAY_DAYS) -> Booleans:
    """Return which responses came too long after the contact that they are about; nan: not known."""
    return as_floats(delay_days) > max_delay_days


def _matrix(values: ArrayLike) -> Floats:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2:
        raise InvalidInput("a battery is a matrix of responses by items")
    return matrix
