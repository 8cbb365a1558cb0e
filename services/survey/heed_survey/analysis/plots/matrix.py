"""Plot of importance against performance, with its five regions."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_measures.surveys.importance_performance import Region
from heed_plots.canvas import BACKGROUND_COLOR, LINE_COLOR, MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.labels import fit_label
from heed_survey.analysis.plots.texts import Names, translate
from heed_survey.analysis.results.documents import EstimateOut
from heed_survey.analysis.results.importance_performance import ImportancePerformanceOut, RatedAttributeOut

COLORS = {
    Region.STRENGTH: "#2a9d8f",
    Region.IRRELEVANT_ADVANTAGE: "#3f7fa8",
    Region.LOW_PRIORITY: "#66707c",
    Region.WEAKNESS: "#9b2226",
    Region.GREY_ZONE: "#8a6d1f",
}
CORNERS = {
    Region.STRENGTH: (0.99, 0.98, "right", "top"),
    Region.WEAKNESS: (0.01, 0.98, "left", "top"),
    Region.IRRELEVANT_ADVANTAGE: (0.99, 0.02, "right", "bottom"),
    Region.LOW_PRIORITY: (0.01, 0.02, "left", "bottom"),
}
"""Where the names of the regions are: performance to the right, importance upwards."""
LABEL_WIDTH = 32
MATRIX_HEIGHT, LEGEND_LINE = 6.4, 0.27


def plot_matrix(result: ImportancePerformanceOut, names: Names) -> Figure:
    """Plot each attribute with its number; the names are beside the matrix, those of the weaknesses first."""
    axes_name = translate(names.language, f"{result.axes}_of")
    subtitle = (
        "" if result.as_of_responses is None else translate(names.language, "responses", n=result.as_of_responses)
    )
    shown = [(number, each) for number, each in enumerate(result.attributes, 1) if _is_visible(each)]
    if not shown:
        advice = translate(names.language, "hidden_advice")
        return empty_figure(translate(names.language, "importance-performance"), subtitle, advice)
    height = max(MATRIX_HEIGHT, 1.6 + LEGEND_LINE * len(shown))
    figure = new_figure(
        translate(names.language, "importance-performance"),
        subtitle,
        translate(names.language, "matrix_note", axes=axes_name),
        height=height,
    )
    axes = strip_axes(figure.add_axes((0.07, 1 - 5.57 / height, 0.56, 4.35 / height)))
    axes.set_xlabel(translate(names.language, "performance"))
    axes.set_ylabel(translate(names.language, "importance"))
    for number, attribute in shown:
        _draw_attribute(axes, number, attribute)
    _draw_regions(axes, result, names)
    for position, (number, each) in enumerate(shown):
        text = f"{number}  {fit_label(names.item(each.item), width=LABEL_WIDTH, lines=1)}"
        y = 1 - (1.28 + LEGEND_LINE * position) / height
        figure.text(0.67, y, text, fontsize=9.5, color=COLORS[Region(str(each.region))], va="center")
    return figure


def _is_visible(attribute: RatedAttributeOut) -> bool:
    return (
        isinstance(attribute.importance, EstimateOut)
        and isinstance(attribute.performance, EstimateOut)
        and isinstance(attribute.region, str)
    )


def _draw_attribute(axes: Axes, number: int, attribute: RatedAttributeOut) -> None:
    importance, performance = attribute.importance, attribute.performance
    assert isinstance(importance, EstimateOut)  # noqa: S101 - only visible ones are drawn
    assert isinstance(performance, EstimateOut)  # noqa: S101
    x, y, color = performance.estimate, importance.estimate, COLORS[Region(str(attribute.region))]
    if x is None or y is None:
        return
    if performance.low is not None and performance.high is not None:
        axes.plot([performance.low, performance.high], [y, y], color=color, alpha=0.35, linewidth=1.6)
    if importance.low is not None and importance.high is not None:
        axes.plot([x, x], [importance.low, importance.high], color=color, alpha=0.35, linewidth=1.6)
    is_solid = attribute.certain is True or attribute.region == Region.GREY_ZONE.value
    face, ink = (color, BACKGROUND_COLOR) if is_solid else (BACKGROUND_COLOR, color)
    axes.plot([x], [y], marker="o", markersize=13, markerfacecolor=face, markeredgecolor=color, markeredgewidth=1.6)
    axes.text(x, y, str(number), color=ink, ha="center", va="center", fontsize=8, fontweight="bold")


def _draw_regions(axes: Axes, result: ImportancePerformanceOut, names: Names) -> None:
    """Draw both axes with the grey zone around them, and name the regions."""
    for value, line, zone in (
        (result.performance_axis, axes.axvline, _zone(result, "performance")),
        (result.importance_axis, axes.axhline, _zone(result, "importance")),
    ):
        if isinstance(value, float):
            line(value, color=MUTED_COLOR, linewidth=1, linestyle=(0, (5, 3)), zorder=0)
            for edge in (value - zone, value + zone) if zone else ():
                line(edge, color=LINE_COLOR, linewidth=1, linestyle=":", zorder=0)
    for region, (x, y, ha, va) in CORNERS.items():
        text = translate(names.language, region.value)
        axes.text(x, y, text, transform=axes.transAxes, ha=ha, va=va, fontsize=9, color=COLORS[region])


def _zone(result: ImportancePerformanceOut, side: str) -> float:
    """Return the half width of the grey zone in the unit of an axis, from an attribute's distance in deviations."""
    for attribute in result.attributes:
        cell, distance = getattr(attribute, side), getattr(attribute, f"{side}_distance")
        axis = getattr(result, f"{side}_axis")
        if isinstance(cell, EstimateOut) and isinstance(distance, float) and abs(distance) > 0.05:
            return float(result.grey_zone * abs((cell.estimate or axis) - axis) / abs(distance))
    return 0.0
