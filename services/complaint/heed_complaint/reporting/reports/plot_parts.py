"""Parts that several plots share: a row for each group, a column for each share."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_complaint.reporting.reports.schemas import Share
from heed_plots.canvas import LINE_COLOR, MUTED_COLOR, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import DASH, percent

MAX_BARS = 16
"""Groups in one plot; the numbers contain all of them."""
LEFT, RIGHT, GAP = 0.2, 0.98, 0.02


def draw_interval(axes: Axes, row: float, share: Share, *, colour: str, size: float = 6, narrow: bool = False) -> None:
    """Draw a point with its interval, and above it the share with its counts; `narrow` where columns are."""
    if share.share is None or share.low is None or share.high is None:
        axes.text(0, row - 0.08, DASH, va="bottom", color=MUTED_COLOR, fontsize=9)
        return
    axes.plot([100 * share.low, 100 * share.high], [row, row], color=colour, linewidth=2.2, alpha=0.4, zorder=1)
    axes.plot([100 * share.share], [row], marker="o", markersize=size, color=colour, zorder=2, clip_on=False)
    to_the_left = share.share > 0.5 and not narrow
    axes.text(
        0 if narrow else 100 * share.share + (2 if to_the_left else -2),
        row - 0.2,
        f"{percent(share.share)}  {share.count:,}/{share.of:,}",
        va="bottom",
        ha="right" if to_the_left else "left",
        fontsize=7.5,
        color=MUTED_COLOR,
    )


def draw_total(axes: Axes, row: int, name: str, text: str, *, x: float) -> None:
    """Draw the total below the rows, under a line."""
    beside = axes.get_yaxis_transform()
    axes.axhline(row - 0.5, color=LINE_COLOR, linewidth=0.8)
    axes.text(-0.015, row, name, transform=beside, ha="right", va="center", fontsize=10, fontweight="bold")
    axes.text(x, row, text, va="center", fontsize=9.5, fontweight="bold")


def set_row_labels(axes: Axes, labels: Sequence[str], *, width: int = 22, fontsize: float = 10) -> None:
    """Name the rows, as far as there is room."""
    axes.set_yticks(range(len(labels)), [fit_label(label, width=width) for label in labels], fontsize=fontsize)


def percent_columns(figure: Figure, count: int, *, rows: int | None = None) -> list[Axes]:
    """Return columns from 0 to 100 % beside each other, over the same rows."""
    height, width = figure.get_figheight(), (RIGHT - LEFT) / max(count, 1)
    made = []
    for column in range(count):
        box = (LEFT + column * width, 0.5 / height, width - GAP, 1 - 2.1 / height)
        axes = strip_axes(figure.add_axes(box))
        axes.set_xlim(-3, 103)
        axes.set_xticks([0, 50, 100], [percent(0), "50%", percent(1)], fontsize=8)
        if count > 3:
            axes.set_xticks([100], [percent(1)], fontsize=7.5, ha="right")
        axes.xaxis.tick_top()
        axes.set_yticks([])
        if rows:
            axes.set_ylim(rows - 0.5, -0.6)
        made.append(axes)
    return made


def label_rows(figure: Figure, labels: Sequence[str]) -> None:
    """Label the rows at the first column and draw a line for each through all columns."""
    for axes in figure.axes:
        axes.set_ylim(max(len(labels), 1) - 0.5, -0.6)
        for row in range(len(labels)):
            axes.axhline(row, color=LINE_COLOR, linewidth=0.6, zorder=0)
    if figure.axes:
        set_row_labels(figure.axes[0], labels, fontsize=9.5)
