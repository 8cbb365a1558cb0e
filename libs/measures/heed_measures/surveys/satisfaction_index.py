"""Customer satisfaction index (CSD 顾客满意度): weighted means along an indicator tree, with its drill-down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput, MeasureError
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.domains import MeanTable
from heed_measures.surveys.intervals import LEVEL

WEIGHT_TOLERANCE = 0.001
"""By which weights of siblings may miss 1: thirds rounded to three decimals. They are divided by their sum."""
MAX_LEVELS = 4
MISSING_ITEMS = "missing_items"
"""Items without a response: their weight went to their siblings, or the index was refused."""

Missing = Literal["renormalise", "refuse"]


class WeightsDoNotSum(MeasureError):
    """The weights of the children of an indicator do not sum to 1."""

    code = "weights_do_not_sum"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A node of the tree: `weight` among its siblings, and either the column of its `item` or `children`."""

    path: str
    weight: float
    item: int | None = None
    children: tuple["Indicator", ...] = ()


@dataclass(frozen=True, slots=True)
class IndexNode:
    """The index of one node.

    `weight` among its siblings, `total_weight` in the whole index. `index` is on the scale of the items, None where
    they have different ones; `score` on 0–100. `coverage` is the weight of the items below that have a response.
    """

    path: str
    weight: float
    total_weight: float
    index: Estimate | None
    score: Estimate
    coverage: float


def satisfaction_index(
    table: MeanTable,
    tree: Indicator,
    scales: ArrayLike,
    *,
    group: int = 0,
    missing: Missing = "renormalise",
    level: float = LEVEL,
) -> tuple[IndexNode, ...]:
    """Return the index ``Σ W_j·mean_j`` of every node in a domain, parents before children, the root first.

    Weights multiply from the node down to its items; the score is the index of items as ``100(x − lowest)/(highest −
    lowest)``. Shapes: `table` of p items, `scales` (p, 2) lowest and highest value of each.
    An item without any response in the domain has no mean: with "renormalise" its weight goes to its siblings in
    proportion to theirs (a node without items passes its own on to its siblings), with "refuse" each node above it is
    nan; both have the warning `MISSING_ITEMS` and a `coverage` below 1.
    Errors: `WeightsDoNotSum`; `InvalidInput` for a negative weight, a tree deeper than four levels, an item that is not
    in the table or twice in the tree, or a scale of one value.
    Source: common usage (顾客满意度 ΣW·X); the error is that of a combination of means, covariances included.
    """
    bounds = as_floats(scales)
    if bounds.shape != (table.means.shape[1], 2) or not (bounds[:, 1] > bounds[:, 0]).all():
        raise InvalidInput("Each item needs a scale with its lowest and its highest value.")
    _check(tree, table.means.shape[1])
    has_mean = np.isfinite(table.means[group])
    return tuple(
        _node(table, node, bounds, has_mean, group=group, total=total, missing=missing, level=level)
        for node, total in _walk(tree, 1.0)
    )


def item_weights(node: Indicator, items: int, has_mean: ArrayLike | None = None) -> Floats:
    """Return the weights of the items (p,) below a node, summing to 1; without those that have no mean (p,) bool.

    All are 0 where no item has a mean. Errors: none. Source: †, weights multiply down, gaps are shared by siblings.
    """
    weights = np.zeros(items)
    present = np.ones(items, dtype=np.bool_) if has_mean is None else np.asarray(has_mean, dtype=np.bool_)
    if node.item is not None:
        weights[node.item] = float(present[node.item])
        return weights
    for child in node.children:
        part = item_weights(child, items, present)
        weights += child.weight * part * bool(part.any())
    total = weights.sum()
    return weights / total if total else weights


def _node(
    table: MeanTable,
    node: Indicator,
    bounds: Floats,
    has_mean: np.typing.NDArray[np.bool_],
    *,
    group: int,
    total: float,
    missing: Missing,
    level: float,
) -> IndexNode:
    weights = item_weights(node, len(bounds), has_mean)
    planned = item_weights(node, len(bounds))
    coverage = float(planned[has_mean].sum())
    below = bounds[planned > 0]
    span = bounds[:, 1] - bounds[:, 0]
    offset = -float((100 * weights / span) @ bounds[:, 0])
    is_refused = not weights.any() or (missing == "refuse" and bool((planned > 0)[~has_mean].any()))
    combined = np.where(planned > 0, np.nan, 0.0) if is_refused else weights
    score = _combined(table, group, 100 * combined / span, level, is_gap=coverage < 1).scaled(1.0, offset)
    index = _combined(table, group, combined, level, is_gap=coverage < 1) if (below == below[0]).all() else None
    return IndexNode(node.path, node.weight, total, index, score, min(coverage, 1.0))


def _combined(table: MeanTable, group: int, factors: Floats, level: float, *, is_gap: bool) -> Estimate:
    found = table.combine(group, factors, level=level)
    return replace(found, warnings=(*found.warnings, MISSING_ITEMS)) if is_gap else found


def _walk(node: Indicator, total: float) -> Iterator[tuple[Indicator, float]]:
    yield node, total
    for child in node.children:
        yield from _walk(child, total * child.weight)


def _check(tree: Indicator, items: int) -> None:
    leaves = [node.item for node, _ in _walk(tree, 1.0) if node.item is not None]
    if len(set(leaves)) < len(leaves) or any(not 0 <= item < items for item in leaves):
        raise InvalidInput("Each item of the tree must be a column of the table, once.")
    _check_below(tree, 0)


def _check_below(node: Indicator, depth: int) -> None:
    if depth > MAX_LEVELS:
        raise InvalidInput("An indicator tree has at most four levels.")
    if (node.item is None) is (not node.children):
        raise InvalidInput("An indicator has either an item or children.")
    weights: Sequence[float] = [child.weight for child in node.children]
    if any(not weight >= 0 for weight in weights):
        raise InvalidInput("A weight must be at least 0.")
    if weights and abs(sum(weights) - 1) > WEIGHT_TOLERANCE:
        raise WeightsDoNotSum(f"The weights below {node.path or 'the index'} sum to {sum(weights):.4g}.")
    for child in node.children:
        _check_below(child, depth + 1)
