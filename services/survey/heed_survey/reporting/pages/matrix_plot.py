"""Coordinates of the importance–performance matrix: performance to the right, importance upwards."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from heed_common.languages import Language
from heed_measures.surveys.importance_performance import Region
from heed_plots.numbers import decimal
from heed_survey.analysis.results.documents import EstimateOut
from heed_survey.reporting.content.document import AttributePart, MatrixPart
from heed_survey.reporting.pages.texts import translate

WIDTH, HEIGHT = 640.0, 460.0
MARGIN = 30.0
"""Between the frame and the outermost point."""


class Corner(NamedTuple):
    """Where the name of a region is."""

    region: Region
    x: float
    y: float
    anchor: str


CORNERS = (
    Corner(Region.STRENGTH, WIDTH - 12, 24, "end"),
    Corner(Region.WEAKNESS, 12, 24, "start"),
    Corner(Region.IRRELEVANT_ADVANTAGE, WIDTH - 12, HEIGHT - 12, "end"),
    Corner(Region.LOW_PRIORITY, 12, HEIGHT - 12, "start"),
)


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    x: float
    y: float
    anchor: str
    region: str


@dataclass(frozen=True, slots=True)
class Point:
    """An attribute: its position, the ends of both intervals, and its cells in the table below the plot."""

    number: int
    name: str
    region: str
    region_name: str
    is_certain: bool
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    importance: str
    performance: str


@dataclass(frozen=True, slots=True)
class Zone:
    """One side of the grey zone, and the axis in its middle."""

    low: float
    middle: float
    size: float


@dataclass(frozen=True, slots=True)
class MatrixPlot:
    width: float
    height: float
    points: tuple[Point, ...]
    labels: tuple[Label, ...]
    across: Zone
    """Around the axis of importance, from left to right."""
    upright: Zone
    grey: Label
    lead: str


class Side(NamedTuple):
    """Values along one side of the plot, and where they are drawn."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def within(self, value: float) -> float:
        """Return the position of an end of an interval, at most at the edge."""
        first, last = sorted((self.start, self.end))
        return min(max(self.at(value), first - MARGIN), last + MARGIN)


def to_plot(matrix: MatrixPart, language: Language) -> MatrixPlot:
    """Return the plot of a matrix whose attributes are shown."""
    importance_axis, performance_axis = matrix.importance_axis or 0.0, matrix.performance_axis or 0.0
    across = _side((_value(each.performance) for each in matrix.attributes), performance_axis, MARGIN, WIDTH - MARGIN)
    upward = _side((_value(each.importance) for each in matrix.attributes), importance_axis, HEIGHT - MARGIN, MARGIN)
    level = _zone(upward, importance_axis, matrix.importance_zone)
    upright = _zone(across, performance_axis, matrix.performance_zone)
    points = [_point(number, each, across, upward, language) for number, each in enumerate(matrix.attributes, 1)]
    return MatrixPlot(
        WIDTH,
        HEIGHT,
        points=tuple(points),
        labels=tuple(_label(corner, language) for corner in CORNERS),
        across=level,
        upright=upright,
        grey=Label(translate(language, "grey_zone"), upright.low - 8, level.low + 14, "end", Region.GREY_ZONE),
        lead=translate(language, f"matrix_{matrix.importance}"),
    )


def _side(values: Iterable[float | None], axis: float, start: float, end: float) -> Side:
    """Return the side on which all values have room, with the axis in the middle."""
    reach = max((abs(value - axis) for value in values if value is not None), default=0.0) or 1.0
    return Side(axis - reach * 1.15, axis + reach * 1.15, start, end)


def _zone(side: Side, axis: float, half: float) -> Zone:
    ends = sorted((side.at(axis - half), side.at(axis + half)))
    return Zone(ends[0], side.at(axis), round(ends[1] - ends[0], 1))


def _label(corner: Corner, language: Language) -> Label:
    return Label(translate(language, corner.region), corner.x, corner.y, corner.anchor, corner.region)


def _point(number: int, each: AttributePart, across: Side, upward: Side, language: Language) -> Point:
    x, left, right = _position(across, each.performance)
    y, bottom, top = _position(upward, each.importance)
    region = each.region or Region.GREY_ZONE.value
    return Point(
        number=number,
        name=each.text.text(language),
        region=region,
        region_name=translate(language, region),
        is_certain=each.certain or region == Region.GREY_ZONE,
        x=x,
        y=y,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        importance=_cell(each.importance),
        performance=_cell(each.performance),
    )


def _position(side: Side, found: object) -> tuple[float, float, float]:
    """Return where the estimate and the ends of its interval are."""
    if not isinstance(found, EstimateOut) or found.estimate is None:
        middle = side.at((side.low + side.high) / 2)
        return middle, middle, middle
    low = found.estimate if found.low is None else found.low
    high = found.estimate if found.high is None else found.high
    return side.at(found.estimate), side.within(low), side.within(high)


def _value(found: object) -> float | None:
    return found.estimate if isinstance(found, EstimateOut) else None


def _cell(found: object) -> str:
    if not isinstance(found, EstimateOut):
        return ""
    return f"{decimal(found.estimate, 2)} ({decimal(found.low, 2)} … {decimal(found.high, 2)})"
