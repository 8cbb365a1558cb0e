"""Difference of a figure between two waves, with the interval by the sampling design."""

from dataclasses import replace
from typing import NamedTuple

from heed_common.fields import ResponseModel
from heed_measures.surveys.categories import Categories, ShareTable
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.estimators import bounds_of_difference, difference, linear_combination
from heed_measures.surveys.net_promoter import score_of, top_share
from heed_survey.analysis.errors import NoResponses
from heed_survey.analysis.results.documents import Cell, cell, warnings_of
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.trend import Figure, Series, group_by_wave, series_of


class WaveDifferenceOut(ResponseModel):
    """The figure in both waves; `change` is the later less the earlier one. The samples are independent."""

    before: Cell
    """The figure in the earlier wave."""
    after: Cell
    """The figure in the later wave."""
    change: Cell
    """The later less the earlier figure."""
    warnings: list[str]
    """What to bear in mind about the intervals."""


def wave_difference(
    subject: Subject, *, figure: Figure, item: str | None, before: str, after: str
) -> WaveDifferenceOut:
    """Return the difference. Raises `NoResponses` for a wave without any, and errors of `series_of`."""
    waves = subject.data.column("wave")
    if before not in waves.labels or after not in waves.labels:
        raise NoResponses("One of the waves has no responses yet.")
    series = series_of(subject, figure, item)
    by_wave = group_by_wave(subject, waves.codes, waves.labels)
    shown, errors = series.visible(by_wave)
    first, second = waves.labels.index(before), waves.labels.index(after)
    found = _effect(by_wave, series, figure, first, second)
    both = shown[first] and shown[second]
    return WaveDifferenceOut(
        before=cell(found.before.scaled(1.0, series.offset), is_visible=shown[first], has_error=errors[first]),
        after=cell(found.after.scaled(1.0, series.offset), is_visible=shown[second], has_error=errors[second]),
        change=cell(found.change, is_visible=both, has_error=errors[first] and errors[second]),
        warnings=warnings_of(found),
    )


class _Effect(NamedTuple):
    before: Estimate
    after: Estimate
    change: Estimate


def _effect(by_wave: Subject, series: Series, figure: Figure, first: int, second: int) -> _Effect:
    """Return the figure of both waves and the change; of scores and shares with intervals that hold at their ends."""
    selection = by_wave.selection
    design = by_wave.data.design.nested_in(by_wave.data.column("wave").codes)
    masks = [selection.members(wave) for wave in (first, second)]
    change = difference(series.values, design, first=masks[1], second=masks[0], coefficients=series.coefficients)
    if series.classes is None:
        points = [linear_combination(series.values, series.coefficients, design, domain=mask) for mask in masks]
        return _Effect(points[0], points[1], change)
    categories = Categories(design, selection.groups, group_count=len(selection.labels))
    table = categories.shares(series.classes, series.values.shape[1])
    points = [_point(table, figure, wave) for wave in (first, second)]
    bounds = bounds_of_difference(points[1], points[0])
    return _Effect(points[0], points[1], replace(change, low=bounds.low, high=bounds.high))


def _point(table: ShareTable, figure: Figure, wave: int) -> Estimate:
    return score_of(table, wave).nps if figure == "nps" else top_share(table, wave, top=1)
