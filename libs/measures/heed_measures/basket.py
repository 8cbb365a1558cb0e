"""Market basket analysis: association rules between pairs of products."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, triu

from heed_measures.arrays import Floats, Integers
from heed_measures.errors import InvalidInput


class PairRules(NamedTuple):
    """Association rules "baskets with `antecedent` also have `consequent`", (m,) each, highest lift first.

    Indices of both products, the count of baskets with both, their share of all baskets (support) and of those with the
    antecedent (confidence), and the confidence over the share of baskets with the consequent (lift).
    """

    antecedent: Integers
    consequent: Integers
    joint_count: Integers
    support: Floats
    confidence: Floats
    lift: Floats


def pair_rules(basket: ArrayLike, product: ArrayLike, *, min_baskets: int = 2, baskets: int | None = None) -> PairRules:
    """Return both rules of every pair that occurs in at least `min_baskets` baskets.

    Shapes: (m,) each: line i puts product[i] into basket[i]; both are indices from 0, repeated lines count once.
    `baskets` is the number of baskets, including those without a line; by default the largest index + 1.
    One sparse product MᵀM counts all pairs.
    Errors: `InvalidInput` for indices outside of that, different lengths or a limit below 1.
    Source: Agrawal, Imieliński & Swami 1993; lift: Brin et al. 1997.
    """
    rows, columns = np.asarray(basket, dtype=np.int64), np.asarray(product, dtype=np.int64)
    if rows.shape != columns.shape or rows.ndim != 1 or (np.minimum(rows, columns) < 0).any() or min_baskets < 1:
        raise InvalidInput("Each line needs a basket and a product, counted from 0, and the limit is at least 1.")
    if len(rows) == 0:
        return PairRules(rows, rows, rows, np.empty(0), np.empty(0), np.empty(0))
    total = int(rows.max()) + 1 if baskets is None else baskets
    if rows.max() >= total:
        raise InvalidInput("There are fewer baskets than the lines mention.")
    shape = (total, int(columns.max()) + 1)
    bought = csr_array((np.ones(len(rows), dtype=np.int64), (rows, columns)), shape=shape)
    bought.data[:] = 1
    pairs = triu(bought.T @ bought, k=1).tocoo()
    often = pairs.data >= min_baskets
    first, second, joint_count = pairs.row[often], pairs.col[often], pairs.data[often]
    return _rules(
        np.concatenate([first, second]).astype(np.int64),
        np.concatenate([second, first]).astype(np.int64),
        np.tile(joint_count, 2).astype(np.int64),
        popularity=np.asarray(bought.sum(axis=0), dtype=np.float64) / bought.shape[0],
        baskets=bought.shape[0],
    )


def _rules(
    antecedent: Integers, consequent: Integers, joint_count: Integers, *, popularity: Floats, baskets: int
) -> PairRules:
    support = joint_count / baskets
    confidence = support / popularity[antecedent]
    lift = confidence / popularity[consequent]
    # Products break ties, so that the order does not depend on that of the lines.
    order = np.lexsort((consequent, antecedent, -joint_count, -np.round(lift, 12)))
    return PairRules(
        antecedent[order], consequent[order], joint_count[order], support[order], confidence[order], lift[order]
    )
