"""The satisfaction index with its tree, and whether its best and its worst indicator really differ."""

from collections.abc import Sequence

import numpy as np

from heed_survey.analysis.results.documents import EstimateOut, cell
from heed_survey.analysis.results.satisfaction_index import IndexOut, index
from heed_survey.analysis.results.subject import Subject
from heed_survey.reporting.content.attempts import attempt, shown, without_flagged
from heed_survey.reporting.content.document import DifferencePart, IndexPart, NodePart, optional_text
from heed_survey.surveys.questionnaire.indicators import IndicatorTree

LEVEL = 0.95


def index_part(subject: Subject) -> tuple[IndexPart, set[str]]:
    """Return the index, and the warnings about its intervals. Raises errors of `satisfaction_index.index`."""
    result = index(subject)
    tree = subject.data.questionnaire.indicators
    reliable = without_flagged(subject)
    without = None if reliable is None else shown(attempt(lambda: index(reliable)))
    part = IndexPart(
        nodes=tuple(_nodes(tree, result)),
        difference=_difference(subject, tree, result),
        without_flagged=None if without is None else without.score,
    )
    return part, set(result.warnings)


def _nodes(tree: IndicatorTree, result: IndexOut) -> list[NodePart]:
    levels, found = _levels(tree), {node.path: node for node in result.tree}
    return [
        NodePart(
            path=node.path,
            level=levels[node.path],
            text=optional_text(node.text),
            item=node.item,
            weight=found[node.path].weight,
            total_weight=found[node.path].total_weight,
            score=found[node.path].score,
        )
        for node in tree.nodes()
    ]


def _levels(tree: IndicatorTree, level: int = 0) -> dict[str, int]:
    below = [_levels(child, level + 1) for child in tree.children]
    return {tree.path: level} | {path: number for levels in below for path, number in levels.items()}


def _difference(subject: Subject, tree: IndicatorTree, result: IndexOut) -> DifferencePart | None:
    """Return the difference of the best and the worst indicator right below the root; None if one is not shown.

    They were chosen because they differ most, so that the interval holds for all pairs at once (Bonferroni).
    """
    scores = {node.path: node.score for node in result.tree}
    estimates = {child.path: scores[child.path] for child in tree.children}
    known = {
        path: score.estimate
        for path, score in estimates.items()
        if isinstance(score, EstimateOut) and score.estimate is not None
    }
    if len(known) < 2 or len(known) < len(estimates):
        return None
    children = {child.path: child for child in tree.children}
    best, worst = max(known, key=lambda path: known[path]), min(known, key=lambda path: known[path])
    if best == worst:
        return None
    pairs = len(known) * (len(known) - 1) // 2
    items = list(tree.item_weights())
    factors, offset = _factors(subject, items, children[best], children[worst])
    table = subject.means(items)
    found = table.combine(0, factors, level=1 - (1 - LEVEL) / pairs).scaled(1.0, offset)
    return DifferencePart(best=best, worst=worst, compared=len(known), difference=cell(found, is_visible=True))


def _factors(
    subject: Subject, items: Sequence[str], best: IndicatorTree, worst: IndicatorTree
) -> tuple[np.typing.NDArray[np.float64], float]:
    """Return the coefficients of the means of the items (p,), and the offset, of the difference on 0–100."""
    scales = [subject.data.questionnaire.by_code[code].scale for code in items]
    lowest = np.array([scale.lowest for scale in scales if scale is not None], dtype=np.float64)
    spans = np.array([scale.size - 1 for scale in scales if scale is not None], dtype=np.float64)
    plus, minus = best.item_weights(), worst.item_weights()
    weights = np.array([plus.get(code, 0.0) - minus.get(code, 0.0) for code in items])
    factors = 100 * weights / spans
    return factors, -float(factors @ lowest)
