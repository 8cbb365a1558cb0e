"""Importance–performance matrix: what is important, how well it is done, and in which of five regions it lies."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from heed_common.contracts.survey import Measure
from heed_common.fields import ResponseModel
from heed_measures.surveys.correlations import correlations_by
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.importance_performance import Attribute, Axes, importance_performance
from heed_survey.analysis.errors import ConstantItem, TooFewItems
from heed_survey.analysis.results.documents import SUPPRESSED, By, Cell, ResultOut, SuppressedOut, cell, finite
from heed_survey.analysis.results.net_promoter import find_item
from heed_survey.analysis.results.satisfaction_index import has_error, is_visible, visible_items
from heed_survey.analysis.results.subject import Subject
from heed_survey.surveys.questionnaire.items import Item, ItemType

Importance = Literal["stated", "derived"]
MIN_ATTRIBUTES = 2


class RatedAttributeOut(ResponseModel):
    """An attribute: `certain` if both intervals lie on one side of their axis. Distances in standard deviations."""

    item: str
    """Code of the item that rates the attribute."""
    importance_item: str | None
    """Code of the item that asks for its importance; null if importance is derived."""
    importance: Cell
    """Stated mean, or correlation with the overall satisfaction."""
    performance: Cell
    """Mean rating."""
    importance_distance: float | SuppressedOut | None
    """From the axis, in standard deviations of the attributes; above 0: more important."""
    performance_distance: float | SuppressedOut | None
    """From the axis, in standard deviations of the attributes; above 0: better."""
    region: str | SuppressedOut | None
    """`strength`, `irrelevant_advantage`, `low_priority`, `weakness` or `grey_zone`; null if unknown."""
    certain: bool | SuppressedOut
    """Whether both intervals lie on one side of their axis."""


class MatrixGroupOut(ResponseModel):
    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    importance_axis: float | SuppressedOut | None
    """Importance at which the axis lies; null if it is unknown."""
    performance_axis: float | SuppressedOut | None
    """Rating at which the axis lies; null if it is unknown."""
    attributes: list[RatedAttributeOut]
    """In the order of the questionnaire."""


class ImportancePerformanceOut(ResultOut, MatrixGroupOut):
    line = RatedAttributeOut

    importance: Importance
    """Stated by items of type importance, or derived: the correlation with the overall satisfaction."""
    overall: str | None
    """The outcome of derived importance."""
    axes: Axes
    """Whether the axes lie at the means or the medians of the attributes."""
    grey_zone: float
    """Half width of the grey zone, in standard deviations of the attributes."""
    groups: list[MatrixGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        return self.attributes


class Plan(NamedTuple):
    """What is compared: performance items, and either their importance items or the outcome."""

    items: Sequence[str]
    importance_items: Sequence[str]
    outcome: str | None
    axes: Axes
    grey_zone: float


def matrix(
    subject: Subject, *, importance: Importance | None, overall: str | None, axes: Axes, grey_zone: float
) -> ImportancePerformanceOut:
    """Return the matrix of the items of the indicator tree.

    Raises `TooFewItems`, `UnknownItem`, `ItemMissing`, `WrongItemType`, `ConstantItem`.
    """
    pairs = stated_pairs(subject)
    way: Importance = importance or ("stated" if len(pairs) >= MIN_ATTRIBUTES else "derived")
    plan = _stated(pairs, axes, grey_zone) if way == "stated" else _derived(subject, overall, axes, grey_zone)
    if len(plan.items) < MIN_ATTRIBUTES:
        raise TooFewItems("A matrix needs two attributes or more, each with its importance.")
    (all_groups,) = _groups(subject.overall, plan)
    return ImportancePerformanceOut(
        **dict(all_groups),
        importance=way,
        overall=plan.outcome,
        axes=axes,
        grey_zone=grey_zone,
        groups=_groups(subject, plan) if subject.is_grouped else [],
    )


def stated_pairs(subject: Subject) -> list[tuple[Item, Item]]:
    """Return satisfaction items with their importance items, in the order of the former.

    An importance belongs to what it is `about`: an item, or all items of an indicator. Without that it belongs to the
    items of its indicator: one importance to all of them, as many as there are items to each in their order.
    """
    items = subject.data.questionnaire.items
    stated = [item for item in items if item.type is ItemType.IMPORTANCE]
    scales = [item for item in items if item.type is ItemType.SCALE]
    found = {code: item for item in reversed(stated) for code in _rated_by(item, scales)}
    for path in dict.fromkeys(item.indicator for item in stated if item.about is None and item.indicator):
        rest = [item for item in scales if item.indicator == path and item.code not in found]
        of_path = [item for item in stated if item.about is None and item.indicator == path]
        if len(of_path) in (1, len(rest)):
            found |= zip((item.code for item in rest), of_path * (len(rest) // len(of_path)), strict=True)
    return [(item, found[item.code]) for item in scales if item.code in found]


def _rated_by(stated: Item, scales: Sequence[Item]) -> list[str]:
    """Return the items that an importance is about, an item before the indicator of the same name."""
    about = stated.about
    if about is None:
        return []
    if about in [item.code for item in scales]:
        return [about]
    return [item.code for item in scales if f"{item.indicator or ''}.".startswith(f"{about}.")]


def _stated(pairs: Sequence[tuple[Item, Item]], axes: Axes, grey_zone: float) -> Plan:
    return Plan([item.code for item, _ in pairs], [stated.code for _, stated in pairs], None, axes, grey_zone)


def _derived(subject: Subject, overall: str | None, axes: Axes, grey_zone: float) -> Plan:
    """Return the plan with overall satisfaction as outcome, by default the item of that measure outside the tree."""
    tree = list(subject.data.questionnaire.indicators.item_weights())
    if overall is None:
        outside = [
            item.code
            for item in subject.data.questionnaire.items
            if item.type is ItemType.SCALE and item.measure is Measure.SATISFACTION and item.code not in tree
        ]
        overall = outside[0] if len(outside) == 1 else None
    outcome = find_item(subject, overall, Measure.SATISFACTION).code
    values = subject.data.values(outcome)[subject.selection.inside]
    if np.nanmin(values, initial=np.inf) == np.nanmax(values, initial=-np.inf):
        raise ConstantItem("Everyone gave the same overall satisfaction, so no importance can be derived from it.")
    return Plan([code for code in tree if code != outcome], [], outcome, axes, grey_zone)


def _groups(subject: Subject, plan: Plan) -> list[MatrixGroupOut]:
    selection = subject.selection
    performance = subject.means(plan.items)
    codes = [*plan.items, *plan.importance_items]
    details = visible_items(subject, codes)
    importance, allowed = _importance(subject, plan)
    groups = []
    for group in range(len(selection.labels)):
        columns = range(len(plan.items))
        found = importance_performance(
            [importance[column][group] for column in columns],
            [performance.estimate(group, column) for column in columns],
            axes=plan.axes,
            grey_zone=plan.grey_zone,
        )
        # Axes and distances are computed from all attributes: they are shown with all of them only.
        shown = is_visible(details, codes, group) and allowed[group]
        groups.append(
            MatrixGroupOut(
                by=selection.document(group),
                importance_axis=finite(found.importance_axis) if shown else SUPPRESSED,
                performance_axis=finite(found.performance_axis) if shown else SUPPRESSED,
                attributes=[
                    _attribute(
                        plan,
                        column,
                        found.attributes[column],
                        is_visible=shown,
                        with_errors=partial(has_error, details, group=group),
                    )
                    for column in columns
                ],
            )
        )
    return groups


def _importance(subject: Subject, plan: Plan) -> tuple[list[list[Estimate]], list[bool]]:
    """Return the importance of each attribute in each group, and whether each group may be shown."""
    count = len(subject.selection.labels)
    if plan.outcome is None:
        table = subject.means(plan.importance_items)
        return [[table.estimate(group, c) for group in range(count)] for c in range(len(plan.items))], [True] * count
    data, selection = subject.data, subject.selection
    found = correlations_by(
        data.scaled(plan.items), data.values(plan.outcome), data.design, selection.groups, group_count=count
    )
    present = data.column(plan.outcome).present
    pairs = [
        subject.visible_groups(code, plan.outcome, present=present & data.column(code).present) for code in plan.items
    ]
    estimates = [[found.estimate(group, c) for group in range(count)] for c in range(len(plan.items))]
    return estimates, [all(pair[group] for pair in pairs) for group in range(count)]


def _attribute(
    plan: Plan, column: int, found: Attribute, *, is_visible: bool, with_errors: Callable[[Sequence[str]], bool]
) -> RatedAttributeOut:
    performance_error = with_errors(plan.items[column : column + 1])
    importance_error = with_errors(plan.importance_items[column : column + 1] or plan.items)
    return RatedAttributeOut(
        item=plan.items[column],
        importance_item=plan.importance_items[column] if plan.importance_items else None,
        importance=cell(found.importance, is_visible=is_visible, has_error=importance_error),
        performance=cell(found.performance, is_visible=is_visible, has_error=performance_error),
        importance_distance=finite(found.importance_z) if is_visible else SUPPRESSED,
        performance_distance=finite(found.performance_z) if is_visible else SUPPRESSED,
        region=(None if found.region is None else str(found.region)) if is_visible else SUPPRESSED,
        certain=found.is_certain if is_visible and performance_error and importance_error else SUPPRESSED,
    )
