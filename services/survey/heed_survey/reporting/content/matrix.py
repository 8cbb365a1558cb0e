"""Importance and performance of the attributes, with the region of each."""

from heed_measures.surveys.importance_performance import GREY_ZONE
from heed_survey.analysis.results.documents import EstimateOut
from heed_survey.analysis.results.importance_performance import (
    MIN_ATTRIBUTES,
    ImportancePerformanceOut,
    RatedAttributeOut,
    matrix,
    stated_pairs,
)
from heed_survey.analysis.results.subject import Subject
from heed_survey.reporting.content.document import AttributePart, MatrixPart, to_text

MIN_DISTANCE = 0.05
"""From the axis in standard deviations, for an attribute that the unit of the axis is computed from."""


def has_matrix(subject: Subject) -> bool:
    """Return whether the survey has items of importance, or enough indicators to derive importance from."""
    return len(stated_pairs(subject)) >= MIN_ATTRIBUTES


def matrix_part(subject: Subject) -> MatrixPart:
    """Return the matrix; without attributes if one of them may not be shown. Raises errors of `matrix`."""
    result = matrix(subject, importance=None, overall=None, axes="means", grey_zone=GREY_ZONE)
    axes = result.importance_axis, result.performance_axis
    if not all(isinstance(axis, float) for axis in axes):
        return MatrixPart(importance=result.importance)
    return MatrixPart(
        importance=result.importance,
        importance_axis=_number(result.importance_axis),
        performance_axis=_number(result.performance_axis),
        importance_zone=_zone(result, "importance"),
        performance_zone=_zone(result, "performance"),
        attributes=tuple(_attribute(subject, each) for each in result.attributes),
    )


def _attribute(subject: Subject, found: RatedAttributeOut) -> AttributePart:
    return AttributePart(
        item=found.item,
        text=to_text(subject.data.questionnaire.by_code[found.item].text),
        importance=found.importance,
        performance=found.performance,
        region=found.region if isinstance(found.region, str) else None,
        certain=found.certain is True,
    )


def _number(axis: object) -> float | None:
    return axis if isinstance(axis, float) else None


def _zone(result: ImportancePerformanceOut, side: str) -> float:
    """Return the half width of the grey zone in the unit of an axis."""
    axis = getattr(result, f"{side}_axis")
    for attribute in result.attributes:
        found, distance = getattr(attribute, side), getattr(attribute, f"{side}_distance")
        if isinstance(found, EstimateOut) and isinstance(distance, float) and abs(distance) > MIN_DISTANCE:
            return float(result.grey_zone * abs((found.estimate or axis) - axis) / abs(distance))
    return 0.0
