"""The groups of alike buyers side by side in small bars."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import TIERS, new_figure, strip_axes
from heed_scoring.insights.portfolio.schemas import ClustersOut
from heed_scoring.insights.portfolio.texts import translate


def plot(report: ClustersOut, language: Language) -> Figure:
    """The most profitable group on top; each column has its own scale."""
    groups = list(reversed(report.clusters))
    note = translate(language, "clusters.note", model=report.model_version) if groups else ""
    seen = translate(language, "clusters.seen", day=report.observed_until or "")
    figure = new_figure(report.finding, seen, note, height=max(3.0, 1.9 + 0.62 * len(groups)))
    if not groups:
        return figure
    height = figure.get_figheight()
    columns: Sequence[tuple[str, list[float], str]] = (
        ("clusters.share", [100 * group.share for group in groups], "{:.0f}"),
        ("clusters.margin", [100 * (group.margin_share or 0) for group in groups], "{:.0f}"),
        ("clusters.recency", [group.recency_days for group in groups], "{:,.0f}"),
        ("clusters.days", [group.purchase_days for group in groups], "{:.1f}"),
        ("clusters.each", [float(group.margin) / group.customers for group in groups], "{:,.0f}"),
    )
    for column, (key, values, form) in enumerate(columns):
        axes = strip_axes(figure.add_axes((0.3 + 0.139 * column, 0.45 / height, 0.125, 1 - 1.75 / height)))
        _bars(axes, values, form, colour=TIERS["A"] if key == "clusters.margin" else TIERS["B"])
        axes.set_title(translate(language, key, currency=report.currency), fontsize=8.5, loc="left")
    for row, group in enumerate(groups):
        y = (0.45 + (height - 1.75) * (1 - (row + 0.5) / len(groups))) / height
        figure.text(0.285, y, group.label, ha="right", va="center", fontsize=10.5, wrap=True)
    return figure


def _bars(axes: Axes, values: list[float], form: str, *, colour: str) -> None:
    most = max(*values, 0) or 1.0
    for row, value in enumerate(values):
        axes.barh(row, max(value, 0), 0.62, color=colour)
        axes.text(max(value, 0) + 0.04 * most, row, form.format(value), va="center", fontsize=9.5)
    axes.set_xlim(0, 1.45 * most)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
