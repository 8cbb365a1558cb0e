"""Plot of the Pareto report: bars by size, their cumulative share, and the line at 80 %."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import DEEP, LINE, PALE
from heed_complaint.reporting.reports.pareto.schemas import ParetoOut, ParetoRow
from heed_complaint.reporting.reports.plot_parts import draw_total, set_row_labels
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_plots.canvas import LINE_COLOR, MUTED_COLOR, TEXT_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.numbers import percent, proportion

MAX_BARS = 12


def plot(report: ParetoOut, language: Language) -> Figure:
    """Plot horizontal bars, so that long labels fit, with the cumulative share beside them."""
    items = report.items[:MAX_BARS]
    if not any(_amount(item, report) for item in items):
        return empty_figure(report.finding, _subtitle(report, language), report.note)
    lines = len(items) + 1
    figure = new_figure(report.finding, _subtitle(report, language), report.note, height=2.4 + 0.42 * lines)
    height = figure.get_figheight()
    bottom, top = (0.9 if report.benchmark.of else 0.5) / height, 1 - 1.5 / height
    bars = strip_axes(figure.add_axes((0.27, bottom, 0.42, top - bottom)))
    sums = strip_axes(figure.add_axes((0.73, bottom, 0.23, top - bottom)))
    _bars(bars, items, report, language)
    _sums(sums, items, language)
    for axes in (bars, sums):
        axes.set_ylim(lines - 0.5, -0.5)
    if report.benchmark.of:
        share = proportion(language, report.benchmark.count, report.benchmark.of)
        text = translate(language, "pareto.benchmark", share=share)
        figure.text(0.04, 0.52 / height, text, fontsize=10, color=TEXT_COLOR, va="center")
    return figure


def _subtitle(report: ParetoOut, language: Language) -> str:
    measure = translate(language, f"pareto.subtitle.{report.measure}", currency=report.currency)
    by = grouping(language, report.by)
    return translate(language, "pareto.subtitle", grouping=by, since=report.since, until=report.until, measure=measure)


def _amount(item: ParetoRow, report: ParetoOut) -> float:
    return float(item.count if report.measure == "count" else item.cost)


def _bars(axes: Axes, items: list[ParetoRow], report: ParetoOut, language: Language) -> None:
    most = max((_amount(item, report) for item in items), default=0.0) or 1.0
    for row, item in enumerate(items):
        amount = _amount(item, report)
        share = item.share if report.measure == "count" else item.cost_share
        axes.barh(row, amount, 0.72, color=DEEP if item.vital else PALE)
        text = f"{amount:,.0f}" + ("" if share is None else f" · {percent(share)}")
        axes.text(amount + 0.015 * most, row, text, va="center", fontsize=9.5)
    total = sum(_amount(item, report) for item in report.items)
    draw_total(axes, len(items), translate(language, "total"), f"{total:,.0f}", x=0.015 * most)
    set_row_labels(axes, [item.label for item in items], width=30)
    axes.set_xticks([])
    axes.set_xlim(0, 1.3 * most)


def _sums(axes: Axes, items: list[ParetoRow], language: Language) -> None:
    shares = [100 * (item.cumulative or 0.0) for item in items]
    axes.axvline(80, color=LINE, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.plot(shares, range(len(items)), color=TEXT_COLOR, linewidth=1.2, marker="o", markersize=4)
    axes.set_xlim(0, 104)
    axes.set_yticks([])
    axes.set_xticks([0, 50, 80, 100], ["0", "50", "80", "100%"], fontsize=8.5)
    axes.xaxis.tick_top()
    axes.set_title(translate(language, "pareto.cumulative"), fontsize=9.5, color=MUTED_COLOR, loc="left", pad=14)
    axes.axvline(0, color=LINE_COLOR, linewidth=0.8)
