"""Plot of SLA attainment: a column for each milestone, a row for each group, with intervals."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.contracts.complaint import Milestone
from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import MILESTONES
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_interval, label_rows, percent_columns
from heed_complaint.reporting.reports.sla_attainment.schemas import SLAAttainmentOut, SLAAttainmentRow
from heed_complaint.reporting.reports.texts import translate
from heed_plots.canvas import new_figure


def plot(report: SLAAttainmentOut, language: Language) -> Figure:
    """Plot each group on the same row of all columns, so that groups that are late everywhere stand out."""
    by = translate(language, f"by.{report.by}") if report.by else translate(language, "all")
    subtitle = translate(language, "attainment.subtitle", by=by, since=report.since, until=report.until)
    if report.by is None:
        return _ungrouped(report, subtitle)
    groups = list(dict.fromkeys((item.code, item.label) for item in report.items))[:MAX_BARS]
    shown = [milestone for milestone in Milestone if any(item.milestone == milestone for item in report.items)]
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.6, 2.3 + 0.42 * len(groups)))
    for axes, milestone in zip(percent_columns(figure, len(shown)), shown, strict=True):
        rows = {item.code: item for item in report.items if item.milestone == milestone}
        _column(axes, [rows.get(code) for code, _ in groups], milestone)
    label_rows(figure, [label for _, label in groups])
    return figure


def _column(axes: Axes, items: list[SLAAttainmentRow | None], milestone: Milestone) -> None:
    for row, item in enumerate(items):
        if item is not None:
            draw_interval(axes, row, item.met, colour=MILESTONES[milestone])
    name = next((item.milestone_label for item in items if item is not None), "")
    axes.set_title(name, fontsize=11, loc="left", pad=20)


def _ungrouped(report: SLAAttainmentOut, subtitle: str) -> Figure:
    figure = new_figure(report.finding, subtitle, report.note, height=4.2)
    (axes,) = percent_columns(figure, 1)
    for row, item in enumerate(report.items):
        draw_interval(axes, row, item.met, colour=MILESTONES[item.milestone], size=8)
    label_rows(figure, [item.milestone_label for item in report.items])
    return figure
