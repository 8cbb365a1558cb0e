"""Plot of trends: a control chart for each group."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import AMBER, BAD, DEEP, GOOD
from heed_complaint.reporting.reports.texts import translate
from heed_complaint.reporting.reports.trends.schemas import TrendsGroup, TrendsOut, TrendsRow
from heed_plots.canvas import LINE_COLOR, MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.labels import fit_label

MAX_CHARTS = 6
COLUMNS = 2
SIGNALS = {"above": BAD, "below": GOOD, "shifted": AMBER}


def plot(report: TrendsOut, language: Language) -> Figure:
    """Plot all complaints first, then groups with signals, then the largest ones."""
    every = translate(language, f"trends.every.{report.every}")
    subtitle = translate(language, "trends.subtitle", every=every, since=report.since, until=report.until)
    shown = _shown(report)
    if not shown:
        return empty_figure(report.finding, subtitle, report.note)
    lines = max((len(shown) + COLUMNS - 1) // COLUMNS, 1)
    figure = new_figure(report.finding, subtitle, report.note, height=1.6 + 1.75 * lines)
    height, width = figure.get_figheight(), 0.94 / COLUMNS
    for index, group in enumerate(shown):
        line, column = divmod(index, COLUMNS)
        bottom = 1 - (1.25 + 1.75 * (line + 1) - 0.42) / height
        axes = strip_axes(figure.add_axes((0.05 + column * width, bottom, width - 0.03, 1.1 / height)))
        _chart(axes, [item for item in report.items if item.code == group.code], group, language)
    return figure


def _shown(report: TrendsOut) -> list[TrendsGroup]:
    first, rest = report.groups[:1], report.groups[1:]
    return (first + sorted(rest, key=lambda group: (-group.signals, -group.count)))[:MAX_CHARTS]


def _chart(axes: Axes, items: list[TrendsRow], group: TrendsGroup, language: Language) -> None:
    positions, counts = range(len(items)), [item.count for item in items]
    if group.dispersion is not None:
        low, high = [item.low or 0.0 for item in items], [item.high or 0.0 for item in items]
        axes.fill_between(positions, low, high, color=LINE_COLOR, alpha=0.6, linewidth=0, step="mid")
        axes.plot(positions, [item.expected or 0.0 for item in items], color=MUTED_COLOR, linewidth=0.8)
    axes.plot(positions, counts, color=DEEP, linewidth=1.1, marker="o", markersize=2.5)
    for position, item in enumerate(items):
        if item.signal is not None:
            axes.plot([position], [item.count], marker="o", markersize=6, color=SIGNALS[item.signal])
    key = "trends.group_too_few" if group.dispersion is None else "trends.group"
    label = fit_label(group.label, width=40, lines=1)
    axes.set_title(translate(language, key, label=label, count=f"{group.count:,}"), fontsize=10, loc="left", pad=4)
    axes.set_ylim(0, 1.12 * max([*counts, *(item.high or 0.0 for item in items), 1]))
    step = max(1, -(-len(items) // 4))
    axes.set_xticks(list(positions)[::step], [f"{item.start:%Y-%m-%d}" for item in items][::step], fontsize=7.5)
    axes.tick_params(axis="y", labelsize=7.5, labelcolor=MUTED_COLOR)
    axes.locator_params(axis="y", nbins=4, integer=True)
