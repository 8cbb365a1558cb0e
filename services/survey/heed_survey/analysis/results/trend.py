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
from heed_survey.analysis.results.means import TYPES, hides_distribution
from heed_survey.analysis.results.net_promoter import box_classes, find_item, recommendation_classes
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.columns import Booleans, Codes, Floats
from heed_survey.analysis.table.dataset import Selection
from heed_survey.surveys.questionnaire.items import Item

Figure = Literal["mean", "nps", "csat", "index"]
SATISFIED = np.array([0.0, 1.0])
"""What the other values and the two highest add to the share of the satisfied."""


class WaveOut(ResponseModel):
    """A wave. `change` since the wave before; `p` of no change, adjusted for all changes by Holm's method."""

    wave: str
    by: By = Field(default_factory=dict)
    estimate: Cell
    change: Cell | None
    p: float | None


class TrendOut(ResultOut):
    line = WaveOut

    figure: Figure
    item: str | None
    waves: list[WaveOut]

    def lines(self) -> Sequence[ResponseModel]:
        return self.waves


class Series(NamedTuple):
    """Columns (n, p) whose means, times the coefficients (p,) and plus the offset, are the figure."""

    item: Item | None
    """None for the index."""
    values: Floats
    coefficients: Floats
    offset: float
    present: Sequence[tuple[str, Booleans]]
    classes: Codes | None = None
    """Of a score or a share: the class of each response (n,), all of which its error and n give back."""


def trend(subject: Subject, *, figure: Figure, item: str | None) -> TrendOut:
    """Return the figure of each wave. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`, `TooFewItems`."""
    series = series_of(subject, figure, item)
    waves = subject.data.column("wave")
    if not waves.labels:
        raise NoResponses("No response belongs to a wave.")
    by_wave = group_by_wave(subject, waves.codes, waves.labels)
    codes = by_wave.selection.groups
    shown = visible_waves(by_wave, series)
    points = trend_of(
        series.values,
        codes,
        subject.data.design.nested_in(waves.codes),
        wave_count=len(waves.labels),
        coefficients=series.coefficients,
    )
    return TrendOut(
        figure=figure,
        item=None if series.item is None else series.item.code,
        waves=[
            WaveOut(
                wave=waves.labels[wave],
                estimate=cell(point.estimate.scaled(1.0, series.offset), is_visible=shown[wave]),
                change=_change(point.change, is_visible=shown[wave] and wave > 0 and shown[wave - 1]),
                p=None if point.adjusted_p is None or not shown[wave] else finite(point.adjusted_p),
            )
            for wave, point in enumerate(points)
        ],
        warnings=warnings_of(point.estimate for point in points),
    )


def _change(change: Estimate | None, *, is_visible: bool) -> Cell | None:
    return None if change is None else cell(change, is_visible=is_visible)


def group_by_wave(subject: Subject, codes: Codes, labels: tuple[str, ...]) -> Subject:
    """Return the same responses in a group for each wave."""
    groups = np.where(subject.selection.inside, codes, -1)
    return replace(subject, selection=Selection(subject.selection.inside, groups, labels, "wave"))


def visible_waves(by_wave: Subject, series: Series) -> list[bool]:
    """Return for each wave whether the figure, with its error, may be shown."""
    visible = [by_wave.visible_groups(name, present) for name, present in series.present]
    return [
        all(found[wave] for found in visible) and _hides_small_classes(by_wave, series, wave)
        for wave in range(len(by_wave.selection.labels))
    ]


def _hides_small_classes(by_wave: Subject, series: Series, wave: int) -> bool:
    if series.item is None:
        return True
    if series.classes is None:
        return not hides_distribution(by_wave, series.item, wave)
    count = series.values.shape[1]
    cells = [series.classes == index for index in range(count)]
    present, known = series.classes >= 0, np.ones((1, count))
    return all(by_wave.visible_cells(series.item.code, cells, group=wave, present=present, known=known))


def series_of(subject: Subject, figure: Figure, item: str | None) -> Series:
    """Return the columns of the figure. Raises `UnknownItem`, `ItemMissing`, `WrongItemType`, `TooFewItems`."""
    data = subject.data
    if figure == "index":
        return _index_series(subject)
    if figure == "mean" and item is not None:
        found = data.item(item, *TYPES)
    else:
        found = find_item(subject, item, Measure.RECOMMENDATION if figure == "nps" else Measure.SATISFACTION)
    column = data.scored(found.code)
    present = [(found.code, column.present)]
    if figure == "mean":
        return Series(found, column.values[:, None], np.ones(1), 0.0, present)
    classes = recommendation_classes(subject, found) if figure == "nps" else box_classes(subject, found)
    coefficients = NET if figure == "nps" else SATISFIED
    indicators = np.where(classes[:, None] < 0, np.nan, classes[:, None] == np.arange(len(coefficients)))
    return Series(found, indicators, coefficients, 0.0, present, classes)


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
    present = [(code, data.column(code).present) for code in weights]
    return Series(None, np.asarray(data.scaled(list(weights)), dtype=np.float64), factors, offset, present)
