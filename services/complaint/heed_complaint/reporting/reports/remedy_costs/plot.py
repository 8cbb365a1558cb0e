"""Plot of remedy costs: a bar for each kind of remedy or group of complaints."""

from decimal import Decimal

from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import MIDDLE
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_total, set_row_labels
from heed_complaint.reporting.reports.remedy_costs.schemas import RemedyCostsOut
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_plots.canvas import MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.numbers import money


def plot(report: RemedyCostsOut, language: Language) -> Figure:
    """Plot the costs, labelled with the number of remedies and complaints."""
    items = report.items[:MAX_BARS]
    by = grouping(language, report.by)
    subtitle = translate(
        language, "remedies.subtitle", grouping=by, since=report.since, until=report.until, currency=report.currency
    )
    if not items:
        return empty_figure(report.finding, subtitle, report.note)
    lines = len(items) + 1
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.2, 1.9 + 0.42 * lines))
    height = figure.get_figheight()
    axes = strip_axes(figure.add_axes((0.2, 0.5 / height, 0.76, 1 - 1.65 / height)))
    most = max((float(item.cost) for item in items), default=0.0) or 1.0
    for row, item in enumerate(items):
        axes.barh(row, float(item.cost), 0.72, color=MIDDLE)
        text = _row(language, item.cost, item.remedies, item.complaints, report.currency)
        axes.text(float(item.cost) + 0.012 * most, row, text, va="center", fontsize=9.5, color=MUTED_COLOR)
    total = _row(language, report.cost, sum(item.remedies for item in report.items), report.given_on, report.currency)
    draw_total(axes, len(items), translate(language, "total"), total, x=0.012 * most)
    set_row_labels(axes, [item.label for item in items])
    axes.set_xticks([])
    axes.set_xlim(0, 1.6 * most)
    axes.set_ylim(lines - 0.5, -0.5)
    return figure


def _row(language: Language, cost: Decimal, remedies: int, complaints: int, currency: str) -> str:
    return translate(
        language, "remedies.row", cost=money(language, cost, currency), count=remedies, complaints=complaints
    )
