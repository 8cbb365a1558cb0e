"""Drawing of results: rows of estimates with their intervals, or the importance–performance matrix."""

from typing import Literal, TypeGuard

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_plots.canvas import LINE_COLOR, MUTED_COLOR, empty_figure, new_figure, render, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import MINUS, decimal, percent
from heed_survey.analysis.plots.matrix import plot_matrix
from heed_survey.analysis.plots.rows import Row, Rows, rows_of
from heed_survey.analysis.plots.texts import Names, translate
from heed_survey.analysis.results.crosstab import CrosstabOut, TestOut
from heed_survey.analysis.results.documents import Cell, EstimateOut, ResultOut
from heed_survey.analysis.results.importance_performance import ImportancePerformanceOut

MAX_ROWS = 40
"""Rows of one plot; the numbers contain all of them."""
LABEL_WIDTH = 38
COLOR, WEAK_COLOR = "#0b3c5d", "#2f79ad"


def draw(name: str, result: ResultOut, *, image_format: Literal["png", "svg"], names: Names) -> bytes:
    """Return the plot of a result as a file."""
    return render(lambda: plot(name, result, names), image_format)


def plot(name: str, result: ResultOut, names: Names) -> Figure:
    """Plot the rows of a result, or its matrix; where nothing may be shown, a sentence explains it."""
    if isinstance(result, ImportancePerformanceOut):
        return plot_matrix(result, names)
    shown = rows_of(result, names)
    rows = shown.rows[:MAX_ROWS]
    subtitle = _joined(shown.subject, _responses(result, names), shown.unit)
    if not any(_is_visible(row.cell) for row in rows):
        advice = translate(names.language, "hidden_advice" if rows else "nothing_advice")
        return empty_figure(_title(name, shown, names), subtitle, advice)
    figure = new_figure(
        _title(name, shown, names),
        subtitle,
        _joined(_test(result, names), translate(names.language, "note")),
        height=max(3.4, 2.1 + 0.4 * len(rows)),
    )
    height = figure.get_figheight()
    axes = strip_axes(figure.add_axes((0.34, 0.6 / height, 0.5, 1 - 1.8 / height)))
    for position, row in enumerate(rows):
        axes.axhline(position, color=LINE_COLOR, linewidth=0.6, zorder=0)
        if _is_visible(row.cell):
            _draw_estimate(axes, position, row.cell, shown, is_total=row.depth == 0)
        else:
            text = translate(names.language, "hidden")
            axes.text(
                0, position, text, transform=axes.get_yaxis_transform(), color=MUTED_COLOR, va="center", fontsize=9
            )
    axes.set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=9.5)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.6)
    axes.tick_params(axis="x", labelsize=8)
    axes.xaxis.set_major_formatter(lambda value, _: _tick(value, shown))
    return figure


def _tick(value: float, shown: Rows) -> str:
    return f"{value:g}{'%' if shown.are_shares else ''}".replace("-", MINUS)


def _is_visible(cell: Cell | None) -> TypeGuard[EstimateOut]:
    return isinstance(cell, EstimateOut) and cell.estimate is not None


def _draw_estimate(axes: Axes, position: int, cell: EstimateOut, shown: Rows, *, is_total: bool) -> None:
    factor, color = 100 if shown.are_shares else 1, COLOR if is_total else WEAK_COLOR
    value = factor * (cell.estimate or 0.0)
    if cell.low is not None and cell.high is not None:
        ends = [factor * cell.low, factor * cell.high]
        axes.plot(ends, [position, position], color=color, linewidth=2.4, alpha=0.4, zorder=1)
    axes.plot([value], [position], marker="o", markersize=7, color=color, zorder=2, clip_on=False)
    axes.annotate(
        f"{_number(cell.estimate, shown)}   n = {cell.n:,}",
        (1.0, position),
        xycoords=axes.get_yaxis_transform(),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=MUTED_COLOR,
        annotation_clip=False,
    )


def _title(name: str, shown: Rows, names: Names) -> str:
    """Return the finding where there is one number, else the name of the analysis."""
    title = translate(names.language, name)
    first = shown.rows[0].cell if shown.rows else None
    if name not in {"nps", "csat", "ces", "index"} or not isinstance(first, EstimateOut) or first.estimate is None:
        return title
    text = f"{title} {_number(first.estimate, shown)}"
    if first.low is None or first.high is None:
        return text
    return f"{text} ({_number(first.low, shown)} – {_number(first.high, shown)})"


def _number(value: float | None, shown: Rows) -> str:
    return percent(value) if shown.are_shares else decimal(value, shown.digits)


def _responses(result: ResultOut, names: Names) -> str:
    n = result.as_of_responses
    return "" if n is None else translate(names.language, "responses", n=n)


def _test(result: ResultOut, names: Names) -> str:
    if not isinstance(result, CrosstabOut) or not isinstance(result.test, TestOut) or result.test.p is None:
        return ""
    p = "< 0.001" if result.test.p < 0.001 else f"{result.test.p:.3f}"
    return translate(names.language, "p", p=p)


def _label(row: Row) -> str:
    indent = "    " * max(row.depth - 1, 0)
    return "\n".join(indent + line for line in fit_label(row.name, width=LABEL_WIDTH - len(indent)).split("\n"))


def _joined(*parts: str) -> str:
    return "  ·  ".join(part for part in parts if part)
