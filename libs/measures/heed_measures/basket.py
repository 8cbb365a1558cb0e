"""Market basket: which products go together, more often than chance would have it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, triu

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput


class PairRules(NamedTuple):
    """Rules "who has `given` also has `then`", (m,) each, best lift first.

    Places of the products, baskets with both, their share of all baskets (support) and of those with `given`
    (confidence), and the confidence over the share of baskets with `then` (lift).
    """

    given: Integers
    then: Integers
    together: Integers
    support: Floats
    confidence: Floats
    lift: Floats


def pair_rules(
    basket: ArrayLike, product: ArrayLike, *, least_together: int = 2, baskets: int | None = None
) -> PairRules:
    """Both rules of every pair that is found in at least `least_together` baskets.

    Shapes: (m,) each: line i says that product[i] lay in basket[i]; both are places from 0, repeated lines count once.
    `baskets` is how many there are, those without any line among them; the largest place + 1 unless it is given.
    One sparse product MᵀM counts all pairs.
    Errors: `InvalidInput` for places outside of that, different lengths or a limit below 1.
    Source: Agrawal, Imieliński & Swami 1993; lift: Brin et al. 1997.
    """
    rows, columns = np.asarray(basket, dtype=np.int64), np.asarray(product, dtype=np.int64)
    if rows.shape != columns.shape or rows.ndim != 1 or (np.minimum(rows, columns) < 0).any() or least_together < 1:
        raise InvalidInput("Needed: a basket and a product, counted from 0, for each line, and a limit of at least 1.")
    if len(rows) == 0:
        return PairRules(rows, rows, rows, np.empty(0), np.empty(0), np.empty(0))
    total = int(rows.max()) + 1 if baskets is None else baskets
    if rows.max() >= total:
        raise InvalidInput("Needed: no fewer baskets than the lines speak of.")
    shape = (total, int(columns.max()) + 1)
    bought = csr_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)
    bought.data[:] = 1
    pairs = triu(bought.T @ bought, k=1).tocoo()
    often = pairs.data >= least_together
    first, second, together = pairs.row[often], pairs.col[often], pairs.data[often]
    return _rules(
        np.concatenate([first, second]).astype(np.int64),
        np.concatenate([second, first]).astype(np.int64),
        np.tile(together, 2).astype(np.int64),
        popularity=np.asarray(bought.sum(axis=0), dtype=np.float64) / bought.shape[0],
        baskets=bought.shape[0],
    )


def _rules(given: Integers, then: Integers, together: Integers, *, popularity: Floats, baskets: int) -> PairRules:
    support = together / baskets
    confidence = support / popularity[given]
    lift = confidence / popularity[then]
    # Products break ties, so that the order does not depend on that of the lines.
    order = np.lexsort((then, given, -together, -np.round(lift, 12)))
    return PairRules(given[order], then[order], together[order], support[order], confidence[order], lift[order])
