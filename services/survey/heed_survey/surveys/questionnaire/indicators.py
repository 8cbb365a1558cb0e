"""The indicator tree: weights multiply from the index down to its items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from heed_survey.surveys.questionnaire.items import Item, Translated

WEIGHT_TOLERANCE = Decimal("0.001")
"""By which the weights of siblings may miss 1, so that thirds and sevenths may be rounded to three decimals."""
MAX_LEVELS = 4
"""Levels below the root, the items being the last."""

Nodes = Mapping[str, tuple[Translated | None, Decimal | None]]
"""Text and weight of indicators by path."""


@dataclass(frozen=True, slots=True)
class IndicatorTree:
    """A node with its children. The root has the empty path."""

    path: str
    text: Translated | None
    weight: Decimal | None
    """As written, among its siblings; None where all siblings are equal."""
    share: float
    """Weight among its siblings, summing exactly to 1 with theirs."""
    item: str | None = None
    """Code of the item, of a leaf."""
    children: tuple["IndicatorTree", ...] = ()

    def nodes(self) -> Iterator["IndicatorTree"]:
        """Yield the node and all below it, parents before children."""
        yield self
        for child in self.children:
            yield from child.nodes()

    def item_weights(self) -> dict[str, float]:
        """Return the weight of each item below the node: the product of the shares on the way to it."""
        if self.item is not None:
            return {self.item: 1.0}
        return {code: child.share * weight for child in self.children for code, weight in child.item_weights().items()}


def build_tree(items: Sequence[Item], nodes: Nodes) -> IndicatorTree:
    """Return the tree over these items. Without items it is a root without children."""
    return IndicatorTree("", None, None, 1.0, None, _children("", items, nodes))


def child_paths(parent: str, items: Sequence[Item]) -> tuple[str, ...]:
    """Return the paths of the indicators right below the parent, in the order of the items."""
    prefix = f"{parent}." if parent else ""
    below = [item.indicator or "" for item in items]
    paths = [prefix + path[len(prefix) :].split(".")[0] for path in below if path.startswith(prefix) and path != parent]
    return tuple(dict.fromkeys(path for path in paths if path))


def weights_below(parent: str, items: Sequence[Item], nodes: Nodes) -> list[Decimal | None]:
    """Return the weights of the children of a node: its indicators, then its own items."""
    own = [item for item in items if (item.indicator or "") == parent]
    return [nodes.get(path, (None, None))[1] for path in child_paths(parent, items)] + [item.weight for item in own]


def _children(parent: str, items: Sequence[Item], nodes: Nodes) -> tuple[IndicatorTree, ...]:
    shares = _shares(weights_below(parent, items, nodes))
    paths = child_paths(parent, items)
    own = [item for item in items if (item.indicator or "") == parent]
    inner = (
        IndicatorTree(path, *nodes.get(path, (None, None)), share, None, _children(path, items, nodes))
        for path, share in zip(paths, shares[: len(paths)], strict=True)
    )
    leaves = (
        IndicatorTree(_join(parent, item.code), item.text, item.weight, share, item.code)
        for item, share in zip(own, shares[len(paths) :], strict=True)
    )
    return (*inner, *leaves)


def _shares(weights: Sequence[Decimal | None]) -> list[float]:
    stated = [weight for weight in weights if weight is not None]
    total = sum(stated)
    if len(stated) < len(weights) or not total:
        return [1 / len(weights) for _ in weights]
    return [float(weight / total) for weight in stated]


def _join(parent: str, code: str) -> str:
    return f"{parent}.{code}" if parent else code
