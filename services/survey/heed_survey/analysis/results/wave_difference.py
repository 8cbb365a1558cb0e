"""Difference of a figure between two waves, with the interval by the sampling design."""

from heed_common.fields import ResponseModel
from heed_measures.surveys.design import Estimate
from heed_measures.surveys.estimators import difference, linear_combination
from heed_survey.analysis.errors import NoResponses
from heed_survey.analysis.results.documents import Cell, cell, warnings_of
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.trend import Figure, group_by_wave, series_of


class WaveDifferenceOut(ResponseModel):
    """The figure in both waves; `change` is the later less the earlier one. The samples are independent."""

    before: Cell
    after: Cell
    change: Cell
    warnings: list[str]


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
    is_first, is_second = (by_wave.selection.members(wave) for wave in (first, second))
    design = subject.data.design.nested_in(waves.codes)
    points: list[Estimate] = [
        linear_combination(series.values, series.coefficients, design, domain=mask) for mask in (is_first, is_second)
    ]
    change = difference(series.values, design, first=is_second, second=is_first, coefficients=series.coefficients)
    both = shown[first] and shown[second]
    return WaveDifferenceOut(
        before=cell(points[0].scaled(1.0, series.offset), is_visible=shown[first], has_error=errors[first]),
        after=cell(points[1].scaled(1.0, series.offset), is_visible=shown[second], has_error=errors[second]),
        change=cell(change, is_visible=both, has_error=errors[first] and errors[second]),
        warnings=warnings_of([*points, change]),
    )
