"""Trend over waves: an item's mean, the net promoter score or the index of each wave, and the changes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from heed_common.contracts.survey import Measure
from heed_common.fields import ResponseModel
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.net_promoter import NET
from heed_measures.surveys.trend import trend as trend_of
from heed_survey.analysis.errors import NoResponses, TooFewItems
from heed_survey.analysis.results.documents import By, Cell, ResultOut, cell, finite, warnings_of
from heed_survey.analysis.results.means import TYPES
from heed_survey.analysis.results.net_promoter import box_classes, find_item, recommendation_classes, visible_classes
from heed_survey.analysis.results.satisfaction_index import has_error, is_visible, visible_items
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Codes, Floats
from heed_survey.analysis.table.dataset import Selection

Figure = Literal["mean", "nps", "csat", "index"]
SATISFIED = np.array([0.0, 1.0])
"""What the other values and the two highest add to the share of the satisfied."""


class WaveOut(ResponseModel):
    """A wave. `change` since the wave before; `p` of no change, adjusted for all changes by Holm's method."""

    wave: str
    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    estimate: Cell
    """The figure in this wave."""
    change: Cell | None
    """Since the wave before; null in the first one."""
    p: float | None
    """Probability of such a change by chance, adjusted for all changes; null in the first wave."""


class TrendOut(ResultOut):
    line = WaveOut

    figure: Figure
    """Which figure is followed."""
    item: str | None
    """Code of the item; null for the index."""
    waves: list[WaveOut]
    """One for each wave that has responses."""

    def lines(self) -> Sequence[ResponseModel]:
        return self.waves


class Series(NamedTuple):
    """Columns (n, p) whose means, times the coefficients (p,) and plus the offset, are the figure."""

    name: str
    values: Floats
    coefficients: Floats
    offset: float
    items: Sequence[str]
    classes: Codes | None = None
    """Of a net promoter score or a share: who belongs to which class."""

    def visible(self, subject: Subject) -> tuple[list[bool], list[bool]]:
        """Return for each group whether the figure may be shown, and whether its error may."""
        if self.classes is not None:
            item = subject.data.questionnaire.by_code[self.items[0]]
            shown = visible_classes(subject, item, self.classes, self.values.shape[1])[1]
            return shown, shown
        details = visible_items(subject, self.items)
        groups = range(len(subject.selection.labels))
        return [is_visible(details, self.items, group) for group in groups], [
            has_error(details, self.items, group) for group in groups
        ]


def trend(subject: Subject, *, figure: Figure, item: str | None) -> TrendOut:
    """Return the figure of each wave. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`, `TooFewItems`."""
    series = series_of(subject, figure, item)
    waves = subject.data.column("wave")
    if not waves.labels:
        raise NoResponses("No response belongs to a wave.")
    by_wave = group_by_wave(subject, waves.codes, waves.labels)
    codes = by_wave.selection.groups
    shown, errors = series.visible(by_wave)
    points = trend_of(
        series.values,
        codes,
        subject.data.design.nested_in(waves.codes),
        wave_count=len(waves.labels),
        coefficients=series.coefficients,
    )
    return TrendOut(
        figure=figure,
        item=series.name or None,
        waves=[
            WaveOut(
                wave=waves.labels[wave],
                estimate=cell(
                    point.estimate.scaled(1.0, series.offset), is_visible=shown[wave], has_error=errors[wave]
                ),
                change=_change(
                    point.change,
                    is_visible=wave > 0 and shown[wave - 1] and shown[wave],
                    has_error=errors[wave - 1] and errors[wave],
                ),
                # The adjustment compares all changes, so that each is computed from the errors of all.
                p=None if point.adjusted_p is None or not (all(shown) and all(errors)) else finite(point.adjusted_p),
            )
            for wave, point in enumerate(points)
        ],
        warnings=warnings_of(point.estimate for point in points),
    )


def _change(change: Estimate | None, *, is_visible: bool, has_error: bool) -> Cell | None:
    return None if change is None else cell(change, is_visible=is_visible, has_error=has_error)


def group_by_wave(subject: Subject, codes: Codes, labels: tuple[str, ...]) -> Subject:
    """Return the same responses in a group for each wave."""
    groups = np.where(subject.selection.inside, codes, -1)
    return replace(subject, selection=Selection(subject.selection.inside, groups, labels, "wave"))


def series_of(subject: Subject, figure: Figure, item: str | None) -> Series:
    """Return the columns of the figure. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`, `TooFewItems`."""
    data = subject.data
    if figure in ("nps", "csat"):
        found = find_item(subject, item, Measure.RECOMMENDATION if figure == "nps" else Measure.SATISFACTION)
        classes = recommendation_classes(subject, found) if figure == "nps" else box_classes(subject, found)
        coefficients = NET if figure == "nps" else SATISFIED
        indicators = np.where(classes[:, None] < 0, np.nan, classes[:, None] == np.arange(len(coefficients)))
        return Series(found.code, indicators, coefficients, 0.0, [found.code], classes)
    if figure == "mean":
        found = find_item(subject, item, Measure.SATISFACTION) if item is None else data.item(item, *TYPES)
        return Series(found.code, data.values(found.code)[:, None], np.ones(1), 0.0, [found.code])
    return _index_series(subject)


def _index_series(subject: Subject) -> Series:
    """Return the index on 0–100: each item from its scale, times its weight."""
    data = subject.data
    weights = data.questionnaire.indicators.item_weights()
    if not weights:
        raise TooFewItems("No item on a scale belongs to an indicator, so there is no index.")
    scales = [scale for code in weights if (scale := data.item(code).scale) is not None]
    spans = np.array([scale.highest - scale.lowest for scale in scales], dtype=np.float64)
    factors = 100 * np.array(list(weights.values())) / spans
    offset = -float(factors @ np.array([scale.lowest for scale in scales]))
    return Series("", np.asarray(data.scaled(list(weights)), dtype=np.float64), factors, offset, list(weights))
