"""The cohort table: a row for each cohort, a column for each period since."""

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from heed_common.languages import Language
from heed_plots.canvas import MUTED_COLOR, contrast_color, empty_figure, new_figure, strip_axes
from heed_plots.numbers import percent
from heed_scoring.insights.portfolio.schemas import CohortOut, RetentionOut
from heed_scoring.insights.portfolio.texts import translate

SHADES = LinearSegmentedColormap.from_list("retention", ["#f4f7fa", "#8fbbd9", "#0b3c5d"])
ROOM = 24
"""So many cohorts, the latest, have room for their numbers."""


def plot(report: RetentionOut, language: Language) -> Figure:
    """Column 0 is everybody, so the shades begin with the column after it."""
    period = translate(language, f"period.{report.cohort}")
    cohorts = report.cohorts[-ROOM:]
    width = max((len(cohort.retained) for cohort in cohorts), default=1)
    seen, values = (
        translate(language, "retention.seen", period=period),
        {"period": period, "through": report.through, "earlier": report.earlier_customers},
    )
    if not cohorts:
        key = "retention.advice" if report.earlier_customers else "nothing.advice"
        return empty_figure(report.finding, seen, translate(language, key, **values))
    note = translate(language, "retention.note", **values)
    figure = new_figure(report.finding, seen, note, height=max(3.6, 2.1 + 0.3 * (len(cohorts) + 2)))
    axes = strip_axes(figure.add_axes((0.19, 0.62 / figure.get_figheight(), 0.77, 1 - 2.05 / figure.get_figheight())))
    most = max((share for cohort in cohorts for share in cohort.retained[1:]), default=1.0) or 1.0
    for row, cohort in enumerate(cohorts):
        _line(axes, row, cohort.retained, most, fontsize=8 if width > 13 else 9.5)
    if len(cohorts) > 1:
        _line(axes, len(cohorts) + 0.3, report.overall[:width], most, fontsize=8 if width > 13 else 9.5)
    _name(axes, report, cohorts, language, width)
    return figure


def _line(axes: Axes, row: float, shares: list[float], most: float, *, fontsize: float) -> None:
    for column, share in enumerate(shares[1:], start=1):
        colour = to_hex(SHADES(share / most))
        axes.add_patch(Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, color=colour, linewidth=0))
        text = percent(share)
        axes.text(
            column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=fontsize, color=contrast_color(colour)
        )


def _name(axes: Axes, report: RetentionOut, cohorts: list[CohortOut], language: Language, width: int) -> None:
    rows: list[tuple[float, str, str]] = [
        (row, cohort.label, f"{cohort.customers:,}") for row, cohort in enumerate(cohorts)
    ]
    total = f"{sum(cohort.customers for cohort in report.cohorts):,}"
    whole = [(len(cohorts) + 0.3, translate(language, "retention.all"), total)] if len(rows) > 1 else []
    for row, label, size in [*rows, *whole]:
        beside = axes.get_yaxis_transform()
        axes.text(-0.01, row + 0.5, label, ha="right", va="center", transform=beside)
        axes.text(-0.14, row + 0.5, size, ha="right", va="center", transform=beside, color=MUTED_COLOR, fontsize=9)
    axes.set_xlim(1, max(width, 2))
    axes.set_ylim(len(cohorts) + 1.3, 0)
    axes.set_yticks([])
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks([column + 0.5 for column in range(1, width)], [str(column) for column in range(1, width)])
    if cohorts:
        period = translate(language, f"period.{report.cohort}")
        axes.set_xlabel(translate(language, "retention.after", period=period), fontsize=9.5, loc="left")
