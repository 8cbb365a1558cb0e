"""From which class to which: two matrices, tiers of value and classes of loyalty."""

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from heed_common.languages import Language
from heed_plots.canvas import MUTED_COLOR, TEXT_COLOR, contrast_color, empty_figure, new_figure, strip_axes
from heed_plots.numbers import percent
from heed_scoring.insights.portfolio.schemas import MatrixOut, MigrationOut
from heed_scoring.insights.portfolio.texts import translate

SHADES = LinearSegmentedColormap.from_list("share", ["#f7f8fa", "#8fbbd9", "#0b3c5d"])


def plot(report: MigrationOut, language: Language) -> Figure:
    """The darker a cell, the more of its row went there."""
    seen = translate(language, "migration.seen", since=report.since, until=report.until)
    if not (report.tiers.up + report.tiers.down + report.tiers.stayed):
        new, key = report.tiers.new, "migration.advice" if report.tiers.new else "nothing.advice"
        advice = translate(language, key, new=new, since=report.since)
        return empty_figure(report.finding, seen, advice)
    figure = new_figure(report.finding, seen, translate(language, "migration.note"))
    for left, matrix, key in ((0.09, report.tiers, "migration.tiers"), (0.57, report.loyalty, "migration.loyalty")):
        axes = strip_axes(figure.add_axes((left, 0.1, 0.39, 0.62)))
        axes.set_title(translate(language, key), fontsize=11, loc="left", pad=24)
        _matrix(axes, matrix)
    return figure


def _matrix(axes: Axes, matrix: MatrixOut) -> None:
    for row, counts in enumerate(matrix.customers):
        of_row = sum(counts)
        for column, count in enumerate(counts):
            share = count / of_row if of_row else 0.0
            colour = to_hex(SHADES(share))
            edge = TEXT_COLOR if row == column else colour
            axes.add_patch(Rectangle((column + 0.04, row + 0.05), 0.92, 0.9, facecolor=colour, edgecolor=edge))
            if count:
                axes.text(column + 0.5, row + 0.4, f"{count:,}", ha="center", va="center", color=contrast_color(colour))
                axes.text(
                    column + 0.5,
                    row + 0.7,
                    percent(share),
                    ha="center",
                    va="center",
                    color=contrast_color(colour),
                    fontsize=8,
                )
    axes.set_xlim(0, len(matrix.columns))
    axes.set_ylim(len(matrix.rows), 0)
    axes.xaxis.tick_top()
    axes.set_xticks(
        [position + 0.5 for position in range(len(matrix.columns))], [matrix.labels[c] for c in matrix.columns]
    )
    axes.set_yticks(
        [position + 0.5 for position in range(len(matrix.rows))], [matrix.labels[code] for code in matrix.rows]
    )
    axes.tick_params(axis="x", colors=MUTED_COLOR)
