"""Plot of durations: for each group the median with its interval and the 90th percentile, in hours on a log scale."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.durations.schemas import DurationsOut, DurationsRow, Measure
from heed_complaint.reporting.reports.palette import MILESTONES
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, label_rows
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_plots.canvas import MUTED_COLOR, empty_figure, new_figure, strip_axes
from heed_plots.numbers import HOUR, duration

COLOURS: dict[Measure, str] = {"contact": MILESTONES["first_contact"], "resolution": MILESTONES["resolution"]}
MIN_HOURS = 30 / HOUR


def plot(report: DurationsOut, language: Language) -> Figure:
    """Plot contact on the left and the final resolution on the right."""
    groups = list(dict.fromkeys((item.code, item.label) for item in report.items))[:MAX_BARS]
    by = grouping(language, report.by)
    subtitle = translate(language, "times.subtitle", grouping=by, since=report.since, until=report.until)
    if not groups:
        return empty_figure(report.finding, subtitle, report.note)
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.6, 2.5 + 0.5 * len(groups)))
    height = figure.get_figheight()
    for column, (measure, colour) in enumerate(COLOURS.items()):
        axes = strip_axes(figure.add_axes((0.2 + 0.39 * column, 0.85 / height, 0.37, 1 - 2.35 / height)))
        rows = {item.code: item for item in report.items if item.measure == measure}
        _column(axes, [rows[code] for code, _ in groups], colour, language)
        axes.set_title(translate(language, f"times.{measure}"), fontsize=11, loc="left", pad=8)
    label_rows(figure, [label for _, label in groups])
    return figure


def _column(axes: Axes, items: list[DurationsRow], colour: str, language: Language) -> None:
    axes.set_xscale("log")
    axes.set_yticks([])
    unit = min((item.median for item in items if item.median is not None), default=None)
    for row, item in enumerate(items):
        _line(axes, row, item, colour, language, like=unit)
    axes.set_xlabel(translate(language, "times.axis"), fontsize=8.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.tick_params(axis="x", which="both", labelsize=8)
    low, high = axes.get_xlim()
    axes.set_xlim(low if items else 0.1, max(high, low * 100) if items else 100)
    axes.xaxis.set_minor_formatter(lambda *_: "")


def _line(axes: Axes, row: int, item: DurationsRow, colour: str, language: Language, *, like: float | None) -> None:
    if item.median is None:
        text = translate(language, "times.undecided", open=item.open + item.ended, decided=item.decided)
        axes.text(
            0.0, row - 0.22, text, va="bottom", fontsize=8, color=MUTED_COLOR, transform=axes.get_yaxis_transform()
        )
        return
    median = max(item.median / HOUR, MIN_HOURS)
    low = max((item.median_low or item.median) / HOUR, MIN_HOURS)
    high = max((item.median_high or item.median) / HOUR, MIN_HOURS)
    axes.plot([low, high], [row, row], color=colour, linewidth=3, alpha=0.4)
    axes.plot([median], [row], marker="o", color=colour, markersize=6)
    if item.p90 is not None:
        axes.plot([max(item.p90 / HOUR, MIN_HOURS)], [row], marker="|", color=colour, markersize=12, markeredgewidth=2)
    median_text, p90 = duration(language, item.median, like=like), duration(language, item.p90)
    text = translate(language, "times.row", median=median_text, high=p90)
    if item.working_median is not None:
        text += " · " + translate(language, "times.working", median=duration(language, item.working_median, like=like))
    axes.text(0.0, row - 0.22, text, va="bottom", fontsize=8, color=MUTED_COLOR, transform=axes.get_yaxis_transform())
