"""Satisfaction index over the indicator tree, with every node below it."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_measures.surveys.satisfaction_index import IndexNode, Indicator, satisfaction_index
from heed_survey.analysis.errors import TooFewItems
from heed_survey.analysis.results.cells import Detail
from heed_survey.analysis.results.documents import SUPPRESSED, By, Cell, ResultOut, SuppressedOut, cell, warnings_of
from heed_survey.analysis.results.subject import Subject
from heed_survey.surveys.questionnaire.indicators import IndicatorTree
from heed_survey.surveys.questionnaire.items import Item


class IndicatorResultOut(ResponseModel):
    """A node of the tree: `weight` among its siblings, `total_weight` in the whole index.

    `index` is on the scale of its items, null where they have different ones; `score` on 0–100; `coverage` the weight
    of the items below it that have a response.
    """

    path: str
    """Path in the indicator tree, levels separated by points."""
    weight: float
    """Among its siblings; their sum is 1."""
    total_weight: float
    """In the whole index: the product of the weights above it."""
    item: str | None
    """Code of the item of a leaf; null for indicators above items."""
    index: Cell | None
    """On the scale of its items; null where they have different ones."""
    score: Cell
    """The same on 0 to 100."""
    coverage: float | SuppressedOut


class IndexGroupOut(ResponseModel):
    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    index: Cell | None
    """Weighted mean on the scale of the items; null where they have different ones."""
    score: Cell
    """The same on 0 to 100."""
    tree: list[IndicatorResultOut]
    """Its indicators, each before those below it."""


class IndexLine(ResponseModel):
    by: str
    path: str
    weight: float
    total_weight: float
    index: Cell | None
    score: Cell


class IndexOut(ResultOut, IndexGroupOut):
    line = IndexLine

    groups: list[IndexGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        named = [("", self.tree), *((" ".join(group.by.values()), group.tree) for group in self.groups)]
        return [
            IndexLine(
                by=by, **{name: getattr(node, name) for name in ("path", "weight", "total_weight", "index", "score")}
            )
            for by, tree in named
            for node in tree
        ]


def index(subject: Subject) -> IndexOut:
    """Return the index of the survey's indicator tree. Raises `TooFewItems` for a survey without one."""
    tree = subject.data.questionnaire.indicators
    items = [subject.data.item(code) for code in tree.item_weights()]
    if not items:
        raise TooFewItems("No item on a scale belongs to an indicator, so there is no index.")
    overall, warnings = _groups(subject.overall, tree, items)
    groups = _groups(subject, tree, items)[0] if subject.is_grouped else []
    return IndexOut(**dict(overall[0]), groups=groups, warnings=warnings)


def _groups(subject: Subject, tree: IndicatorTree, items: Sequence[Item]) -> tuple[list[IndexGroupOut], list[str]]:
    table = subject.means([item.code for item in items])
    details = visible_items(subject, [item.code for item in items])
    column = {item.code: number for number, item in enumerate(items)}
    scales = [(item.scale.lowest, item.scale.highest) for item in items if item.scale is not None]
    shape = _indicator(tree, column)
    groups, warnings = [], set[str]()
    for group in range(len(subject.selection.labels)):
        found = satisfaction_index(table, shape, scales, group=group)
        below = _items_below(tree)
        nodes = [
            _node(
                node,
                below[node.path],
                is_visible=is_visible(details, below[node.path], group),
                has_error=has_error(details, below[node.path], group),
            )
            for node in found
        ]
        groups.append(
            IndexGroupOut(by=subject.selection.document(group), index=nodes[0].index, score=nodes[0].score, tree=nodes)
        )
        warnings |= set(warnings_of(node.score for node in found))
    return groups, sorted(warnings)


def visible_items(subject: Subject, codes: Sequence[str]) -> dict[str, list[Detail]]:
    """Return for each item, and each group, what may be shown of its mean."""
    return {code: subject.visible_means(code) for code in codes}


def is_visible(details: Mapping[str, Sequence[Detail]], codes: Sequence[str], group: int) -> bool:
    """Return whether a combination of the means of items may be shown."""
    return all(details[code][group] > Detail.NONE for code in codes)


def has_error(details: Mapping[str, Sequence[Detail]], codes: Sequence[str], group: int) -> bool:
    """Return whether the error of a combination of items may be shown: only that of one item alone could give back."""
    return len(codes) > 1 or all(details[code][group] is Detail.ALL for code in codes)


def indicator_text(tree: IndicatorTree, path: str, language: Language) -> str:
    """Return the text of an indicator, or the last part of its path where it has none."""
    node = next(node for node in tree.nodes() if node.path == path)
    return node.text.text(language) if node.text is not None else path.rpartition(".")[2]


def _indicator(tree: IndicatorTree, column: dict[str, int]) -> Indicator:
    if tree.item is not None:
        return Indicator(tree.path, tree.share, item=column[tree.item])
    return Indicator(tree.path, tree.share, children=tuple(_indicator(child, column) for child in tree.children))


def _items_below(tree: IndicatorTree) -> dict[str, list[str]]:
    return {node.path: list(node.item_weights()) for node in tree.nodes()}


def _node(node: IndexNode, items: Sequence[str], *, is_visible: bool, has_error: bool) -> IndicatorResultOut:
    is_leaf = len(items) == 1 and node.path.rpartition(".")[2] == items[0]
    return IndicatorResultOut(
        path=node.path,
        weight=node.weight,
        total_weight=node.total_weight,
        item=items[0] if is_leaf else None,
        index=None if node.index is None else cell(node.index, is_visible=is_visible, has_error=has_error),
        score=cell(node.score, is_visible=is_visible, has_error=has_error),
        coverage=node.coverage if is_visible else SUPPRESSED,
    )
