"""Plot of remedy costs: a bar for each kind of remedy or group of complaints."""

from decimal import Decimal

from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import MIDDLE
from heed_complaint.reporting.reports.plot_parts import MAX_BARS
from heed_complaint.reporting.reports.remedy_costs.schemas import RemedyCostsOut
from heed_complaint.reporting.reports.texts import translate
from heed_plots.canvas import MUTED_COLOR, new_figure, strip_axes
from heed_plots.labels import fit_label
from heed_plots.numbers import money


def plot(report: RemedyCostsOut, language: Language) -> Figure:
    """Plot the costs, labelled with the number of remedies and complaints."""
    items = report.items[:MAX_BARS]
    by = translate(language, f"by.{report.by}")
    subtitle = translate(
        language, "remedies.subtitle", by=by, since=report.since, until=report.until, currency=report.currency
    )
    figure = new_figure(
        report.finding, subtitle, report.note if items else "", height=max(3.2, 1.9 + 0.42 * len(items))
    )
    height = figure.get_figheight()
    axes = strip_axes(figure.add_axes((0.2, 0.5 / height, 0.76, 1 - 1.65 / height)))
    most = max((float(item.cost) for item in items), default=0.0) or 1.0
    for row, item in enumerate(items):
        axes.barh(row, float(item.cost), 0.72, color=MIDDLE)
        cost = money(language, Decimal(item.cost), report.currency)
        text = translate(language, "remedies.row", cost=cost, count=item.remedies, complaints=item.complaints)
        axes.text(float(item.cost) + 0.012 * most, row, text, va="center", fontsize=9.5, color=MUTED_COLOR)
    axes.set_yticks(range(len(items)), [fit_label(item.label, width=22) for item in items], fontsize=10)
    axes.set_xticks([])
    axes.set_xlim(0, 1.6 * most)
    axes.set_ylim(max(len(items), 1) - 0.5, -0.5)
    return figure
