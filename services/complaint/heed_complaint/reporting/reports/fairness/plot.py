"""Plot of fairness: mean percentile of each group among similar complaints; the line is equal treatment."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.fairness.rules import DIMENSIONS, OUTCOMES
from heed_complaint.reporting.reports.fairness.schemas import Dimension, FairnessOut, FairnessRow, FairnessTest, Outcome
from heed_complaint.reporting.reports.palette import DEEP, PALE
from heed_complaint.reporting.reports.texts import translate
from heed_plots.canvas import LINE_COLOR, MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import DASH, duration, money

MAX_GROUPS = 8
"""Groups of one dimension in the plot."""


def plot(report: FairnessOut, language: Language) -> Figure:
    """Plot a block for each dimension; differences beyond chance are dark."""
    lines = _lines(report)
    subtitle = translate(language, "fairness.subtitle", since=report.since, until=report.until)
    if not any(test.compared for test in report.tests):
        return empty_figure(report.finding, subtitle, report.note)
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.8, 2.2 + 0.36 * len(lines)))
    height = figure.get_figheight()
    for column, outcome in enumerate(OUTCOMES):
        axes = strip_axes(figure.add_axes((0.2 + 0.4 * column, 0.5 / height, 0.36, 1 - 1.95 / height)))
        _column(axes, lines, report, outcome, language)
        title = translate(language, f"fairness.{'right' if column else 'left'}")
        axes.text(0.5, -0.85, title, fontsize=10, color=MUTED_COLOR, ha="center")
        axes.set_yticks([])
    if lines:
        names = [fit_label(line.label, width=20) if isinstance(line, FairnessRow) else "" for line in lines]
        figure.axes[0].set_yticks(range(len(lines)), names, fontsize=10)
    return figure


def _lines(report: FairnessOut) -> list[FairnessRow | Dimension]:
    """Return a heading for each dimension, and its groups below it."""
    lines: list[FairnessRow | Dimension] = []
    for dimension in DIMENSIONS:
        rows = [item for item in report.items if item.dimension == dimension][:MAX_GROUPS]
        lines += [dimension, *rows] if rows else []
    return lines


def _column(
    axes: Axes, lines: list[FairnessRow | Dimension], report: FairnessOut, outcome: Outcome, language: Language
) -> None:
    tests = {test.dimension: test for test in report.tests if test.outcome == outcome}
    beside = axes.get_yaxis_transform()
    for row, line in enumerate(lines):
        if not isinstance(line, FairnessRow):
            heading = translate(language, f"fairness.{line}") + "  " if outcome == "time" else ""
            axes.text(
                0.0,
                row + 0.1,
                heading + _test_result(tests[line], language),
                fontsize=8.5,
                color=MUTED_COLOR,
                transform=beside,
            )
            continue
        axes.plot([0, 1], [row, row], color=LINE_COLOR, linewidth=0.6, zorder=0)
        axes.plot([0.5, 0.5], [row - 0.5, row + 0.5], color=MUTED_COLOR, linewidth=0.9, zorder=0)
        percentile = line.time_place if outcome == "time" else line.remedy_place
        if percentile is not None:
            colour = DEEP if tests[line.dimension].significant else PALE
            axes.plot([0.5, percentile], [row, row], color=colour, linewidth=5, solid_capstyle="butt")
            axes.plot([percentile], [row], marker="o", markersize=7, color=colour)
        axes.text(1.02, row, _amount(line, report, outcome, language), va="center", fontsize=8, color=MUTED_COLOR)
    axes.set_xlim(-0.02, 1.3)
    axes.set_xticks([])
    axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)


def _test_result(test: FairnessTest, language: Language) -> str:
    if not test.compared:
        return translate(language, "fairness.no_test")
    p = "< 0.001" if test.p_adjusted < 0.001 else f"= {test.p_adjusted:.3f}"
    return translate(language, "fairness.test", p=p, effect=test.effect)


def _amount(line: FairnessRow, report: FairnessOut, outcome: Outcome, language: Language) -> str:
    if outcome == "time":
        unit = min((item.median_seconds for item in report.items if item.median_seconds is not None), default=None)
        return f"{duration(language, line.median_seconds, like=unit)}, n = {line.resolved:,}"
    return DASH if line.mean_remedy is None else money(language, line.mean_remedy, report.currency)
