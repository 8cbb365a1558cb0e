"""Recency against frequency, with what a customer of each cell brings."""

from collections import defaultdict

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from heed_common.languages import Language
from heed_plots.canvas import (
    BACKGROUND_COLOR,
    MUTED_COLOR,
    TEXT_COLOR,
    contrast_color,
    empty_figure,
    new_figure,
    strip_axes,
)
from heed_plots.numbers import decimal, percent
from heed_scoring.insights.portfolio.schemas import RFMOut
from heed_scoring.insights.portfolio.texts import translate

SHADES = LinearSegmentedColormap.from_list("share", ["#f4f7fa", "#8fbbd9", "#0b3c5d"])
LAST = 5
GOOD = 4


def plot(report: RFMOut, language: Language) -> Figure:
    """The best customers stand in the corner above on the right."""
    if report.cut_offs is None or not report.cells:
        return empty_figure(report.finding, "", translate(language, "not_fitted.advice"))
    seen = translate(
        language, "rfm.seen", day=report.observed_until, customers=report.customers, currency=report.currency
    )
    figure = new_figure(report.finding, seen, translate(language, "rfm.note", model=report.model_version))
    axes = strip_axes(figure.add_axes((0.13, 0.2, 0.83, 0.57)))
    recency, days = report.cut_offs.recency_days, report.cut_offs.purchase_days
    columns, rows = _possible(recency, reverse=True), _possible(days)
    _cells(axes, report, columns, rows)
    axes.set_xticks([x + 0.5 for x in range(len(columns))], [_between(recency, 6 - score) for score in columns])
    axes.set_yticks([y + 0.5 for y in range(len(rows))], [_between(days, score) for score in rows])
    axes.set_xlabel(translate(language, "rfm.recency"), loc="left")
    axes.text(-0.105, 1.03, translate(language, "rfm.frequency"), transform=axes.transAxes, color=MUTED_COLOR)
    axes.set_xlim(0, len(columns))
    axes.set_ylim(0, len(rows))
    axes.tick_params(axis="x", colors=MUTED_COLOR)
    return figure


def _possible(edges: list[float], *, reverse: bool = False) -> list[int]:
    """Return the possible scores: between equal cut-offs there are no customers."""
    fifths = [1] + [index + 1 for index in range(1, 4) if edges[index] > edges[index - 1]] + [5]
    return sorted(6 - fifth for fifth in fifths) if reverse else fifths


def _cells(axes: Axes, report: RFMOut, columns: list[int], rows: list[int]) -> None:
    counts: dict[tuple[int, int], int] = defaultdict(int)
    margins: dict[tuple[int, int], float] = defaultdict(float)
    for cell in report.cells:
        counts[cell.recency, cell.frequency] += cell.customers
        margins[cell.recency, cell.frequency] += float(cell.margin)
    most = max(counts.values())
    for x, r in enumerate(columns):
        for y, f in enumerate(rows):
            count = counts[r, f]
            colour = to_hex(SHADES(count / most)) if count else BACKGROUND_COLOR
            axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=colour, linewidth=0))
            if count:
                ink, share = contrast_color(colour), percent(count, report.customers)
                axes.text(x + 0.5, y + 0.6, share, ha="center", va="center", color=ink, fontsize=12)
                each = decimal(margins[r, f] / count)
                axes.text(x + 0.5, y + 0.28, each, ha="center", va="center", color=ink, fontsize=9)
    wide, high = (sum(score >= GOOD for score in scores) for scores in (columns, rows))
    corner = (len(columns) - wide, len(rows) - high)
    axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=TEXT_COLOR, linewidth=1.6, clip_on=False))


def _between(edges: list[float], fifth: int) -> str:
    """The values of that fifth, counted from the smallest; closed on the right."""
    if fifth == 1:
        return f"≤ {edges[0]:.0f}"
    if fifth == LAST:
        return f"> {edges[-1]:.0f}"
    low, high = edges[fifth - 2], edges[fifth - 1]
    return f"{high:.0f}" if low + 1 >= high else f"{low + 1:.0f}–{high:.0f}"
