"""Conditions on columns: each distinct value is compared once, by the same code that compares a single answer."""

from collections.abc import Callable

import numpy as np

from heed_common.conditions import All, AnyOf, Comparison, Condition, Not
from heed_survey.analysis.table.columns import Booleans, Column, mask_of

FindColumn = Callable[[str], Column]


def evaluate(condition: Condition, find: FindColumn, n: int) -> Booleans:
    """Return which of n responses the condition is true for."""
    match condition:
        case All(parts):
            rows = [np.ones(n, dtype=np.bool_), *(evaluate(part, find, n) for part in parts)]
            return np.asarray(np.logical_and.reduce(rows))
        case AnyOf(parts):
            rows = [np.zeros(n, dtype=np.bool_), *(evaluate(part, find, n) for part in parts)]
            return np.asarray(np.logical_or.reduce(rows))
        case Not(part):
            return ~evaluate(part, find, n)
        case Comparison(field=field):
            return mask_of(find(field), lambda fact: condition.matches({} if fact is None else {field: fact}))
    raise TypeError(f"not a condition: {type(condition).__name__}")
