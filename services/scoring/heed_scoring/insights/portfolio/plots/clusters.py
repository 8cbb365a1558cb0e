"""The groups of alike buyers side by side in small bars."""

from collections.abc import Callable, Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import TIERS, empty_figure, new_figure, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import decimal, percent
from heed_scoring.insights.portfolio.schemas import ClustersOut
from heed_scoring.insights.portfolio.texts import translate


def plot(report: ClustersOut, language: Language) -> Figure:
    """The most profitable group on top; each column has its own scale."""
    groups = list(reversed(report.clusters))
    if not groups:
        return empty_figure(report.finding, "", translate(language, "not_fitted.advice"))
    note = translate(language, "clusters.note", model=report.model_version)
    seen = translate(language, "clusters.seen", day=report.observed_until, customers=report.customers)
    figure = new_figure(report.finding, seen, note, height=max(3.0, 1.9 + 0.62 * len(groups)))
    height = figure.get_figheight()
    columns: Sequence[tuple[str, list[float | None], Callable[[float | None], str]]] = (
        ("clusters.share", [group.share for group in groups], percent),
        ("clusters.margin", [group.margin_share for group in groups], percent),
        ("clusters.recency", [group.recency_days for group in groups], decimal),
        ("clusters.days", [group.purchase_days for group in groups], partial(decimal, digits=1)),
        ("clusters.each", [float(group.margin) / group.customers for group in groups], decimal),
    )
    for column, (key, values, form) in enumerate(columns):
        axes = strip_axes(figure.add_axes((0.3 + 0.139 * column, 0.45 / height, 0.125, 1 - 1.75 / height)))
        _bars(axes, values, form, colour=TIERS["A"] if key == "clusters.margin" else TIERS["B"])
        axes.set_title(translate(language, key, currency=report.currency), fontsize=8.5, loc="left")
    for row, group in enumerate(groups):
        y = (0.45 + (height - 1.75) * (1 - (row + 0.5) / len(groups))) / height
        figure.text(0.285, y, fit_label(group.label, width=30), ha="right", va="center", fontsize=10.5)
    return figure


def _bars(axes: Axes, values: list[float | None], to_text: Callable[[float | None], str], *, colour: str) -> None:
    lengths = [max(value or 0.0, 0.0) for value in values]
    most = max(*lengths, 0.0) or 1.0
    for row, (value, length) in enumerate(zip(values, lengths, strict=True)):
        axes.barh(row, length, 0.62, color=colour)
        axes.text(length + 0.04 * most, row, to_text(value), va="center", fontsize=9.5)
    axes.set_xlim(0, 1.45 * most)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
