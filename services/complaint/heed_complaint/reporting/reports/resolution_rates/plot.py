"""Plot of resolution rates: a column for each rate, a row for each group, with intervals."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import BAD, DEEP, GOOD, MIDDLE
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_interval, label_rows, percent_columns
from heed_complaint.reporting.reports.resolution_rates.schemas import ResolutionRatesOut, ResolutionRatesRow
from heed_complaint.reporting.reports.texts import translate
from heed_plots.canvas import new_figure

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
    subtitle = translate(language, "rates.subtitle", by=_by(report, language), since=report.since, until=report.until)
    if report.by is None:
        return _ungrouped(report, subtitle, language)
    items = report.items[:MAX_BARS]
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.6, 2.3 + 0.42 * len(items)))
    for axes, (name, colour) in zip(percent_columns(figure, len(COLUMNS)), COLUMNS.items(), strict=True):
        _column(axes, items, name, colour, language)
    label_rows(figure, [item.label for item in items])
    return figure


def _by(report: ResolutionRatesOut, language: Language) -> str:
    return translate(language, f"by.{report.by}") if report.by else translate(language, "all")


def _column(axes: Axes, items: Sequence[ResolutionRatesRow], name: str, colour: str, language: Language) -> None:
    for row, item in enumerate(items):
        draw_interval(axes, row, getattr(item, name), colour=colour)
    axes.set_title(translate(language, f"rates.{name}"), fontsize=8.5, loc="left", pad=18)


def _ungrouped(report: ResolutionRatesOut, subtitle: str, language: Language) -> Figure:
    figure = new_figure(report.finding, subtitle, report.note, height=5.2)
    (axes,) = percent_columns(figure, 1, rows=len(COLUMNS))
    for item in report.items:
        for row, (name, colour) in enumerate(COLUMNS.items()):
            draw_interval(axes, row, getattr(item, name), colour=colour, size=8)
    label_rows(figure, [translate(language, f"rates.{name}") for name in COLUMNS] if report.items else [])
    return figure
