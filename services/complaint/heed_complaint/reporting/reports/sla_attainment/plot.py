"""Plot of SLA attainment: a column for each milestone, a row for each group, with intervals."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from heed_common.contracts.complaint import Milestone
from heed_common.languages import Language
from heed_complaint.reporting.reports.palette import MILESTONES
from heed_complaint.reporting.reports.plot_parts import MAX_BARS, draw_interval, label_rows, percent_columns
from heed_complaint.reporting.reports.sla_attainment.schemas import SLAAttainmentOut, SLAAttainmentRow
from heed_complaint.reporting.reports.summary import share
from heed_complaint.reporting.reports.texts import grouping, translate
from heed_plots.canvas import empty_figure, new_figure
from heed_plots.labels import fit_label


def plot(report: SLAAttainmentOut, language: Language) -> Figure:
    """Plot each group on the same row of all columns, so that groups that are late everywhere stand out."""
    by = grouping(language, report.by)
    subtitle = translate(language, "attainment.subtitle", grouping=by, since=report.since, until=report.until)
    decided = [item for item in report.items if item.met.of]
    if not decided:
        return empty_figure(report.finding, subtitle, report.note)
    if report.by is None:
        return _ungrouped(report, subtitle)
    groups = list(dict.fromkeys((item.code, item.label) for item in decided))[:MAX_BARS]
    shown = [milestone for milestone in Milestone if any(item.milestone == milestone for item in decided)]
    figure = new_figure(report.finding, subtitle, report.note, height=max(3.6, 2.7 + 0.42 * len(groups)))
    for axes, milestone in zip(percent_columns(figure, len(shown)), shown, strict=True):
        rows = {item.code: item for item in decided if item.milestone == milestone}
        _column(axes, [rows.get(code) for code, _ in groups], list(rows.values()), milestone)
    label_rows(figure, [*(label for _, label in groups), translate(language, "total")])
    return figure


def _column(
    axes: Axes, items: list[SLAAttainmentRow | None], everything: list[SLAAttainmentRow], milestone: Milestone
) -> None:
    for row, item in enumerate(items):
        if item is not None:
            draw_interval(axes, row, item.met, colour=MILESTONES[milestone], narrow=True)
    total = share(sum(item.met.count for item in everything), sum(item.met.of for item in everything))
    draw_interval(axes, len(items), total, colour=MILESTONES[milestone], size=7, narrow=True)
    axes.set_title(fit_label(everything[0].milestone_label, width=16, lines=1), fontsize=9.5, loc="left", pad=20)


def _ungrouped(report: SLAAttainmentOut, subtitle: str) -> Figure:
    figure = new_figure(report.finding, subtitle, report.note, height=2.2 + 0.42 * len(report.items))
    (axes,) = percent_columns(figure, 1)
    for row, item in enumerate(report.items):
        draw_interval(axes, row, item.met, colour=MILESTONES[item.milestone], size=8)
    label_rows(figure, [item.milestone_label for item in report.items])
    return figure
