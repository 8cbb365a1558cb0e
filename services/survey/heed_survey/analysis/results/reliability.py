"""Reliability of a scale: Cronbach's alpha and item–total correlations, of all items and of each indicator."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from heed_common.fields import ResponseModel
from heed_measures.errors import InvalidInput
from heed_measures.surveys import reliability as measures
from heed_survey.analysis.errors import ConstantItem, TooFewItems, TooFewResponses
from heed_survey.analysis.results.documents import SUPPRESSED, Cell, ResultOut, SuppressedOut, cell, finite
from heed_survey.analysis.results.subject import Subject
from heed_survey.surveys.questionnaire.items import ItemType

MIN_ITEMS = 2


class ItemReliabilityOut(ResponseModel):
    """An item: its correlation with the sum of the others, and the alpha without it."""

    item: str
    """Code of the item."""
    item_rest_correlation: float | None
    """With the sum of the other items, −1 to 1; null if either is constant."""
    alpha_without: float | None
    """Alpha of the other items; null if fewer than two are left."""


class ScaleReliabilityOut(ResponseModel):
    """Alpha of some items: raw (of covariances) with its error, and standardised (of correlations)."""

    path: str
    """Path of the indicator; empty for all items together."""
    alpha: Cell
    """Cronbach's alpha of the covariances, with its error."""
    standardised: float | SuppressedOut | None
    """Cronbach's alpha of the correlations; null if an item is constant."""
    n: int | SuppressedOut
    """Responses to all of the items; others are left out."""
    incomplete: int | SuppressedOut
    """Responses that lack one of the items; they are left out."""
    items: list[ItemReliabilityOut]


class ReliabilityLine(ResponseModel):
    path: str
    item: str
    item_rest_correlation: float | None
    alpha_without: float | None


class ReliabilityOut(ResultOut, ScaleReliabilityOut):
    line = ReliabilityLine

    indicators: list[ScaleReliabilityOut] = Field(default_factory=list)
    """The same of the items of each indicator that has two or more."""

    def lines(self) -> Sequence[ResponseModel]:
        return [
            ReliabilityLine(path=scale.path, **dict(item)) for scale in (self, *self.indicators) for item in scale.items
        ]


def reliability(subject: Subject, *, items: Sequence[str]) -> ReliabilityOut:
    """Return the reliability of the items, by default of all in the indicator tree.

    Raises `UnknownItem`, `WrongItemType`, `TooFewItems`, `ConstantItem`, `TooFewResponses`.
    """
    tree = subject.data.questionnaire.indicators
    codes = list(dict.fromkeys(items)) or list(tree.item_weights())
    for code in codes:
        subject.data.item(code, ItemType.SCALE, ItemType.IMPORTANCE)
    if len(codes) < MIN_ITEMS:
        raise TooFewItems("Reliability needs two items or more.")
    whole = _scale(subject.overall, "", codes)
    parts = (
        []
        if items
        else [(node.path, list(node.item_weights())) for node in tree.nodes() if node.path and not node.item]
    )
    below = [_scale(subject.overall, path, found) for path, found in parts if MIN_ITEMS <= len(found) < len(codes)]
    return ReliabilityOut(**dict(whole), indicators=below)


def _scale(subject: Subject, path: str, codes: list[str]) -> ScaleReliabilityOut:
    data = subject.data
    complete = np.logical_and.reduce([data.column(code).present for code in codes])
    is_visible = subject.visible_groups(*codes, present=complete)[0]
    try:
        found = measures.reliability(data.scaled(codes), data.design, domain=subject.selection.inside)
    except measures.ConstantItem as error:
        raise ConstantItem(f"Everyone gave the same answer to the item {codes[error.item]}.") from None
    except measures.TooFewResponses:
        raise TooFewResponses("Reliability needs three responses to all of the items.") from None
    except InvalidInput as error:
        raise TooFewItems(str(error)) from None
    return ScaleReliabilityOut(
        path=path,
        alpha=cell(found.alpha, is_visible=is_visible),
        standardised=finite(found.standardised) if is_visible else SUPPRESSED,
        n=found.n if is_visible else SUPPRESSED,
        incomplete=found.incomplete if is_visible and not subject.guard.k else SUPPRESSED,
        items=[
            ItemReliabilityOut(
                item=code,
                item_rest_correlation=finite(part.item_rest_correlation),
                alpha_without=finite(part.alpha_without),
            )
            for code, part in zip(codes, found.items, strict=True)
            if is_visible
        ],
    )
