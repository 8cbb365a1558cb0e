"""Plot of resolution rates: a column for each rate, a row for each group, with intervals."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import BAD, DEEP, GOOD, MIDDLE
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_interval, label_rows, percent_columns
from heed_complaint.reporting.reports.resolution_rates.schemas import ResolutionRatesOut
from heed_complaint.reporting.reports.schemas import Share
from heed_complaint.reporting.reports.summary import share
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_plots.canvas import empty_figure, new_figure

COLUMNS = {
    "first_contact": DEEP,
    "fixed_first_time": GOOD,
    "reopened": BAD,
    "solved": GOOD,
    "pleasant": MIDDLE,
    "promises_kept": DEEP,
}


def plot(report: ResolutionRatesOut, language: Language) -> Figure:
    """Plot a row for each rate; with groups the rates beside each other."""
    by = grouping(language, report.by)
    subtitle = translate(language, "rates.subtitle", grouping=by, since=report.since, until=report.until)
    if not any(item.completed for item in report.items):
        return empty_figure(report.finding, subtitle, report.note)
    if report.by is None:
        return _ungrouped(report, subtitle, language)
    items = report.items[:MAX_BARS]
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.6, 2.7 + 0.42 * len(items)))
    for axes, (name, colour) in zip(percent_columns(figure, len(COLUMNS)), COLUMNS.items(), strict=True):
        _column(axes, [getattr(item, name) for item in report.items], name, colour, language)
    label_rows(figure, [*(item.label for item in items), translate(language, "total")])
    return figure


def _column(axes: Axes, shares: Sequence[Share], name: str, colour: str, language: Language) -> None:
    for row, found in enumerate(shares[:MAX_BARS]):
        draw_interval(axes, row, found, colour=colour, narrow=True)
    total = share(sum(found.count for found in shares), sum(found.of for found in shares))
    draw_interval(axes, len(shares[:MAX_BARS]), total, colour=colour, size=7, narrow=True)
    axes.set_title(translate(language, f"rates.{name}"), fontsize=8.5, loc="left", pad=18)


def _ungrouped(report: ResolutionRatesOut, subtitle: str, language: Language) -> Figure:
    figure = new_figure(report.finding, subtitle, report.note, height=5.2)
    (axes,) = percent_columns(figure, 1, rows=len(COLUMNS))
    for item in report.items:
        for row, (name, colour) in enumerate(COLUMNS.items()):
            draw_interval(axes, row, getattr(item, name), colour=colour, size=8)
    label_rows(figure, [translate(language, f"rates.{name}") for name in COLUMNS] if report.items else [])
    return figure
