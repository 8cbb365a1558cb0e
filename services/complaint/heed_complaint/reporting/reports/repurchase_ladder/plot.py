"""Plot of the repurchase ladder: a bar for each rung with its interval, beside the share of TARP's survey."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import BAD, DEEP, GOOD, LINE, PALE
from heed_complaint.reporting.reports.repurchase_ladder.schemas import RepurchaseLadderOut, RepurchaseLadderRow, Rung
from heed_complaint.reporting.reports.texts import translate
from heed_plots.canvas import BACKGROUND_COLOR, MUTED_COLOR, TEXT_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import MIN_FOR_PERCENT, percent

COLOURS: dict[Rung, str] = {"not_complained": PALE, "unresolved": BAD, "resolved": DEEP, "resolved_quickly": GOOD}


def plot(report: RepurchaseLadderOut, language: Language) -> Figure:
    """Plot the rungs from left to right as in TARP's table."""
    days = report.horizon_days
    subtitle = translate(language, "ladder.subtitle", days=days, since=report.since, until=report.until)
    if not any(item.again.of for item in report.items):
        return empty_figure(report.finding, subtitle, report.note)
    figure = new_figure(report.finding, subtitle, report.note)
    axes = strip_axes(figure.add_axes((0.06, 0.17, 0.9, 0.58)))
    for position, item in enumerate(report.items):
        _rung(axes, position, item, language)
    axes.set_ylim(0, 108)
    axes.set_xlim(-0.5, len(report.items) - 0.4)
    labels = [fit_label(item.label, width=22, lines=1) for item in report.items]
    axes.set_xticks(range(len(report.items)), labels, fontsize=11)
    axes.set_yticks([])
    axes.axhline(0, color=MUTED_COLOR, linewidth=0.9)
    _key(figure, language)
    return figure


def _rung(axes: Axes, position: int, item: RepurchaseLadderRow, language: Language) -> None:
    again = item.again
    expected = 100 * item.tarp
    axes.plot([position - 0.36, position + 0.36], [expected, expected], color=BACKGROUND_COLOR, linewidth=3.2)
    axes.plot(
        [position - 0.36, position + 0.36], [expected, expected], color=LINE, linewidth=1.6, linestyle=(0, (4, 2))
    )
    axes.text(position + 0.38, expected, percent(item.tarp), color=LINE, fontsize=9, va="center")
    if again.share is None or again.low is None or again.high is None:
        axes.text(position, 2, translate(language, "ladder.none"), ha="center", fontsize=9, color=MUTED_COLOR)
        return
    axes.bar(position, 100 * again.share, 0.6, color=COLOURS[item.rung], zorder=0)
    axes.plot([position, position], [100 * again.low, 100 * again.high], color=TEXT_COLOR, linewidth=1.4)
    for end in (again.low, again.high):
        axes.plot([position - 0.05, position + 0.05], [100 * end] * 2, color=TEXT_COLOR, linewidth=1.4)
    key = "ladder.row" if again.of >= MIN_FOR_PERCENT else "ladder.row_few"
    text = translate(language, key, share=percent(again.share), count=again.count, of=again.of)
    axes.text(position, -11, text, ha="center", va="center", fontsize=9.5, color=MUTED_COLOR)


def _key(figure: Figure, language: Language) -> None:
    height = figure.get_figheight()
    figure.text(0.06, 1 - 1.12 / height, "I", fontsize=11, fontweight="bold", va="center")
    figure.text(
        0.075, 1 - 1.12 / height, translate(language, "ladder.measured"), fontsize=9, color=MUTED_COLOR, va="center"
    )
    figure.text(0.31, 1 - 1.12 / height, "- -", fontsize=11, color=LINE, va="center")
    figure.text(0.34, 1 - 1.12 / height, translate(language, "ladder.tarp"), fontsize=9, color=MUTED_COLOR, va="center")
