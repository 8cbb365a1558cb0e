"""RFM: recency, frequency and money as scores from 1 to 5, by the cut-offs of a reference population."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heed_measures.arrays import Floats, as_floats, same_length
from heed_measures.errors import InvalidInput

QUINTILES = (0.2, 0.4, 0.6, 0.8)
Scores = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CutOffs:
    """Four ascending cut-offs each: recency in units of time since the last purchase, frequency, money."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    money: tuple[float, ...]


class RFM(NamedTuple):
    """Scores 1 (worst) to 5 (best), (n,) each."""

    recency: Scores
    frequency: Scores
    money: Scores


def cut_offs(recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> CutOffs:
    """Return the quintiles of a population, for a model version, so that no score depends on other customers.

    Shapes: (n,) each. Errors: `InvalidInput` without customers or with missing numbers.
    Source: Hughes 1994; right-closed quintiles †.
    """
    columns = same_length(recency, frequency, money)
    if len(columns[0]) == 0:
        raise InvalidInput("There is no customer.")
    return CutOffs(*(tuple(np.quantile(column, QUINTILES).tolist()) for column in columns))


def scores(reference: CutOffs, recency: ArrayLike, frequency: ArrayLike, money: ArrayLike) -> RFM:
    """Return the scores of customers within the reference population; a recent purchase scores high.

    Shapes: (n,) or scalars. A value at a cut-off belongs below it, equal values get equal scores.
    Errors: `InvalidInput` when a number is missing. Source: as `cut_offs`.
    """
    worse_later = 6 - _score(reference.recency, as_floats(recency))
    return RFM(
        worse_later, _score(reference.frequency, as_floats(frequency)), _score(reference.money, as_floats(money))
    )


def _score(edges: tuple[float, ...], values: Floats) -> Scores:
    if np.isnan(values).any():
        raise InvalidInput("A score needs a number.")
    return np.asarray(np.searchsorted(as_floats(edges), values, side="left") + 1, dtype=np.int64)
