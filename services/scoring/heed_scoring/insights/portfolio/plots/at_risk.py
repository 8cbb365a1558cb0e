"""The customers at the head of the list."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import BANDS, MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.labels import short_ids
from heed_plots.numbers import money, percent
from heed_scoring.insights.portfolio.schemas import AtRiskItem, AtRiskOut
from heed_scoring.insights.portfolio.texts import at_risk, translate

ROOM = 25


def plot(report: AtRiskOut, language: Language) -> Figure:
    """A bar for each, in the colour of its band, with what might drive the customer away."""
    items = report.items[:ROOM]
    seen = translate(language, "at_risk.seen", currency=report.currency)
    finding = at_risk(language, [item.value_at_risk for item in items], report.total, report.currency)
    if not any(item.value_at_risk > 0 for item in items):
        return empty_figure(finding, seen, translate(language, "nothing.advice"))
    note = translate(language, "at_risk.note", total=money(language, report.total, report.currency))
    figure = new_figure(finding, seen, note, height=max(3.0, 1.7 + 0.25 * len(items)))
    height = figure.get_figheight()
    axes = strip_axes(figure.add_axes((0.16, 0.45 / height, 0.81, 1 - 1.75 / height)))
    most = max((float(item.value_at_risk) for item in items), default=0) or 1.0
    for row, item in enumerate(items):
        amount = float(item.value_at_risk)
        axes.barh(row, amount, 0.76, color=BANDS[item.band])
        why = translate(language, "at_risk.row", probability=percent(item.probability), reason=item.reason_label)
        axes.text(amount + 0.012 * most, row, f"{amount:,.0f}", va="center", fontsize=9.5)
        axes.text(amount + 0.1 * most, row, why, va="center", fontsize=9, color=MUTED_COLOR)
    names = [f"{rank}  {name}" for rank, name in enumerate(short_ids([item.customer_id for item in items]), 1)]
    axes.set_yticks(range(len(items)), names, fontsize=9, family="DejaVu Sans Mono")
    axes.set_xticks([])
    axes.set_xlim(0, 1.35 * most)
    axes.set_ylim(max(len(items), 1) - 0.5, -0.5)
    _name_bands(axes, items)
    return figure


def _name_bands(axes: Axes, items: Sequence[AtRiskItem]) -> None:
    position = 0.0
    for band in ("low", "elevated", "high", "critical"):
        if found := next((item for item in items if item.band == band), None):
            axes.text(position, 1.02, "■", transform=axes.transAxes, color=BANDS[band], fontsize=12)
            axes.text(
                position + 0.028, 1.02, found.band_label, transform=axes.transAxes, color=MUTED_COLOR, fontsize=10
            )
            position += 0.17
