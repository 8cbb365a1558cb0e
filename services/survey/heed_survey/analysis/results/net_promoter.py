"""Net promoter score, satisfied share (CSAT) and effort score (CES), of all or by groups."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from heed_common.contracts.survey import Measure
from heed_common.fields import ResponseModel
from heed_measures.surveys.categories import ShareTable
from heed_measures.surveys.net_promoter import classes_of_recommendation, mean_category, score_of, top_share
from heed_survey.analysis.errors import ItemMissing, WrongItemType
from heed_survey.analysis.results.cells import TOP_BOX_MEASURES, TOP_BOXES, Detail
from heed_survey.analysis.results.documents import (
    SUPPRESSED,
    By,
    Cell,
    CountCell,
    ResultOut,
    cell,
    part_of,
    warnings_of,
)
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans, Codes
from heed_survey.surveys.questionnaire.items import Item, ItemType

RECOMMENDATION = (0, 10)


class NetPromoterGroupOut(ResponseModel):
    """Score from −100 to 100, and the numbers of its three classes."""

    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    nps: Cell
    """Promoters less detractors, from −100 to 100."""
    promoters: CountCell
    passives: CountCell
    detractors: CountCell


class NetPromoterOut(ResultOut, NetPromoterGroupOut):
    line = NetPromoterGroupOut

    item: str
    """Code of the item from 0 to 10."""
    groups: list[NetPromoterGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        return [part_of(self, NetPromoterGroupOut), *self.groups]


class TopBoxGroupOut(ResponseModel):
    """Share of the two highest values (`csat`), how many chose them, and the mean."""

    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    csat: Cell
    """Estimated share of the two happiest values, 0 to 1."""
    satisfied: CountCell
    """Respondents who chose one of these, without weights."""
    mean: Cell
    """Mean answer, on the item's scale."""


class TopBoxOut(ResultOut, TopBoxGroupOut):
    line = TopBoxGroupOut

    item: str
    """Code of the item."""
    groups: list[TopBoxGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        return [part_of(self, TopBoxGroupOut), *self.groups]


class EffortGroupOut(ResponseModel):
    """Mean effort score, and the share of the two highest values, the easiest."""

    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    ces: Cell
    """Mean effort score on the item's scale; higher is easier."""
    easy: Cell
    """Estimated share of the two easiest values, 0 to 1."""


class EffortOut(ResultOut, EffortGroupOut):
    line = EffortGroupOut

    item: str
    """Code of the item."""
    groups: list[EffortGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        return [part_of(self, EffortGroupOut), *self.groups]


def net_promoter(subject: Subject, *, item: str | None = None) -> NetPromoterOut:
    """Return the score of an item from 0 to 10. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`."""
    found = find_item(subject, item, Measure.RECOMMENDATION)
    classes = recommendation_classes(subject, found)

    def groups(part: Subject) -> list[NetPromoterGroupOut]:
        table, shown = visible_classes(part, found, classes, 3)
        return [_net_promoter(part, table, group, is_visible=is_shown) for group, is_shown in enumerate(shown)]

    return NetPromoterOut(item=found.code, **_results(subject, groups), warnings=_warnings(subject, classes, 3))


def satisfied_share(subject: Subject, *, item: str | None = None) -> TopBoxOut:
    """Return the share of the two highest values of an item. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`."""
    found = find_item(subject, item, Measure.SATISFACTION)

    def groups(part: Subject) -> list[TopBoxGroupOut]:
        table, shown, details = _boxes(part, found)
        lowest, count = _scale(found)
        return [
            TopBoxGroupOut(
                by=part.selection.document(group),
                csat=cell(top_share(table, group), is_visible=is_shown),
                satisfied=int(table.counts[group, count - TOP_BOXES :].sum()) if is_shown else SUPPRESSED,
                mean=cell(
                    mean_category(table, group, lowest=lowest),
                    is_visible=is_shown and details[group] > Detail.NONE,
                    has_error=details[group] is Detail.ALL,
                ),
            )
            for group, is_shown in enumerate(shown)
        ]

    return TopBoxOut(item=found.code, **_results(subject, groups))


def effort(subject: Subject, *, item: str | None = None) -> EffortOut:
    """Return the effort score of an item. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`."""
    found = find_item(subject, item, Measure.EFFORT)

    def groups(part: Subject) -> list[EffortGroupOut]:
        table, shown, details = _boxes(part, found)
        lowest, _ = _scale(found)
        return [
            EffortGroupOut(
                by=part.selection.document(group),
                ces=cell(
                    mean_category(table, group, lowest=lowest),
                    is_visible=is_shown and details[group] > Detail.NONE,
                    has_error=details[group] is Detail.ALL,
                ),
                easy=cell(top_share(table, group), is_visible=is_shown),
            )
            for group, is_shown in enumerate(shown)
        ]

    return EffortOut(item=found.code, **_results(subject, groups))


def find_item(subject: Subject, code: str | None, measure: Measure) -> Item:
    """Return the named item on a scale, or the only one of the measure. Raises `UnknownItem`, `ItemMissing`."""
    if code is not None:
        return subject.data.item(code, ItemType.SCALE)
    found = [
        item for item in subject.data.questionnaire.items if item.measure is measure and item.type is ItemType.SCALE
    ]
    if len(found) != 1:
        raise ItemMissing
    return found[0]


def recommendation_classes(subject: Subject, item: Item) -> Codes:
    """Return 0 for detractors, 1 for passives, 2 for promoters, −1 without a response (n,). Raises `WrongItemType`."""
    if item.scale is None or (item.scale.lowest, item.scale.highest) != RECOMMENDATION:
        raise WrongItemType("A net promoter score needs an item on a scale from 0 to 10.")
    return classes_of_recommendation(subject.data.values(item.code))


def box_classes(subject: Subject, item: Item) -> Codes:
    """Return 1 for the two highest values, 0 for the others, −1 without a response (n,). Raises `WrongItemType`."""
    _, count = _scale(item)
    codes = subject.data.scored(item.code).codes
    return np.where(codes < 0, -1, codes >= count - TOP_BOXES)


def _results(subject: Subject, groups: Callable[[Subject], Sequence[ResponseModel]]) -> dict[str, Any]:
    """Return the fields of the result of all, and the groups where there are some."""
    (overall,) = groups(subject.overall)
    return {**dict(overall), "groups": groups(subject) if subject.is_grouped else []}


def _net_promoter(subject: Subject, table: ShareTable, group: int, *, is_visible: bool) -> NetPromoterGroupOut:
    score = score_of(table, group)
    return NetPromoterGroupOut(
        by=subject.selection.document(group),
        nps=cell(score.nps, is_visible=is_visible),
        promoters=score.promoters if is_visible else SUPPRESSED,
        passives=score.passives if is_visible else SUPPRESSED,
        detractors=score.detractors if is_visible else SUPPRESSED,
    )


def _boxes(subject: Subject, item: Item) -> tuple[ShareTable, list[bool], list[Detail]]:
    """Return the shares of all values, whether the top boxes of each group may be shown, and what of its mean."""
    _, count = _scale(item)
    codes = subject.data.scored(item.code).codes
    _, shown = visible_classes(subject, item, box_classes(subject, item), 2)
    details = subject.visible_means(item.code)
    safe = [
        detail >= Detail.SHARES and (item.measure in TOP_BOX_MEASURES or not subject.hides_shares(item, group))
        for group, detail in enumerate(details)
    ]
    return _table(subject, codes, count), [first and second for first, second in zip(shown, safe, strict=True)], details


def _scale(item: Item) -> tuple[int, int]:
    if item.scale is None or item.scale.size <= TOP_BOXES:
        raise WrongItemType("This analysis needs an item on a scale of at least three values.")
    return item.scale.lowest, item.scale.size


def _table(subject: Subject, codes: Codes, count: int) -> ShareTable:
    return subject.categories.shares(codes, count)


def visible_classes(subject: Subject, item: Item, classes: Codes, count: int) -> tuple[ShareTable, list[bool]]:
    """Return the shares of classes of an item, and whether each group may be shown.

    The score, its error and n give the numbers of all classes, so that a group is shown with all of them or not at all.
    """
    present = classes >= 0
    visible = subject.visible_groups(item.code, present=present)
    cells: list[Booleans] = [classes == index for index in range(count)]
    shown = [
        is_visible
        and all(subject.visible_cells(item.code, cells, group=group, present=present, known=np.ones((1, count))))
        for group, is_visible in enumerate(visible)
    ]
    return _table(subject, classes, count), shown


def _warnings(subject: Subject, classes: Codes, count: int) -> list[str]:
    return warnings_of([score_of(_table(subject.overall, classes, count)).nps])
