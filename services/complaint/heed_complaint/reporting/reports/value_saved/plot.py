"""Plot of value saved: for each group a bar of the value and a bar of the costs."""

from decimal import Decimal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import BAD, GOOD, PALE
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_total, set_row_labels
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_complaint.reporting.reports.value_saved.schemas import ValueSavedOut, ValueSavedRow
from heed_plots.canvas import MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.numbers import money

LATE, HANDLING = "#a9d8d2", "#d9a5a7"
KEYS = {"saved": GOOD, "late": LATE, "lost": PALE, "remedies": BAD, "handling": HANDLING}


def plot(report: ValueSavedOut, language: Language) -> Figure:
    """Plot the value saved in time and at most saved late, and below it the costs of remedies and handling."""
    items = report.items[-MAX_BARS:] if report.by in {"month", "week"} else report.items[:MAX_BARS]
    by = grouping(language, report.by)
    subtitle = translate(
        language, "saved.subtitle", grouping=by, since=report.since, until=report.until, currency=report.currency
    )
    if not any(_longest(item) for item in items):
        return empty_figure(report.finding, subtitle, report.note)
    has_total = report.by is not None
    lines = len(items) + has_total
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.8, 2.3 + 0.5 * lines))
    height = figure.get_figheight()
    axes = strip_axes(figure.add_axes((0.2, 0.5 / height, 0.76, 1 - 2.0 / height)))
    most = max((_longest(item) for item in items), default=0.0) or 1.0
    for row, item in enumerate(items):
        _bars(axes, row, item, most, report.currency, language)
    if has_total:
        saved, cost = (money(language, amount, report.currency) for amount in (report.saved, report.cost))
        text = translate(language, "saved.total", saved=saved, cost=cost)
        draw_total(axes, len(items), translate(language, "total"), text, x=0.012 * most)
    set_row_labels(axes, [item.label for item in items])
    axes.set_xticks([])
    axes.set_xlim(0, 1.25 * most)
    axes.set_ylim(lines - 0.5, -0.5)
    _key(figure, report, language)
    return figure


def _longest(item: ValueSavedRow) -> float:
    saved, spent = item.saved + item.saved_late_at_most + item.lost, item.remedies + (item.handling or Decimal(0))
    return float(max(saved, spent))


def _bars(axes: Axes, row: int, item: ValueSavedRow, most: float, currency: str, language: Language) -> None:
    spent = item.remedies + (item.handling or Decimal(0))
    for position, parts, amount in (
        (row - 0.19, (("saved", item.saved), ("late", item.saved_late_at_most), ("lost", item.lost)), item.saved),
        (row + 0.19, (("remedies", item.remedies), ("handling", item.handling or Decimal(0))), spent),
    ):
        left = 0.0
        for name, part in parts:
            axes.barh(position, float(part), 0.34, left=left, color=KEYS[name])
            left += float(part)
        text = money(language, amount, currency)
        axes.text(left + 0.012 * most, position, text, va="center", fontsize=8.5, color=MUTED_COLOR)


def _key(figure: Figure, report: ValueSavedOut, language: Language) -> None:
    left, height = 0.2, figure.get_figheight()
    shown = [name for name in KEYS if name != "handling" or any(item.handling is not None for item in report.items)]
    for name in shown if report.items else []:
        text = translate(language, f"saved.{name}")
        figure.text(left, 1 - 1.2 / height, "■", color=KEYS[name], fontsize=12, va="center")
        figure.text(left + 0.018, 1 - 1.2 / height, text, color=MUTED_COLOR, fontsize=9, va="center")
        left += 0.04 + 0.0066 * sum(1 if letter.isascii() else 2 for letter in text)
