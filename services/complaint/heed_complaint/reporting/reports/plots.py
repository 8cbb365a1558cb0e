"""Plots of the reports, each with its finding as title."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_complaint.reporting.reports.durations import plot as times
from heed_complaint.reporting.reports.fairness import plot as fairness
from heed_complaint.reporting.reports.pareto import plot as pareto
from heed_complaint.reporting.reports.remedy_costs import plot as remedies
from heed_complaint.reporting.reports.repurchase_ladder import plot as ladder
from heed_complaint.reporting.reports.resolution_rates import plot as rates
from heed_complaint.reporting.reports.sla_attainment import plot as attainment
from heed_complaint.reporting.reports.trends import plot as trends
from heed_complaint.reporting.reports.value_saved import plot as saved
from heed_plots.canvas import render

PLOTS: Mapping[str, Callable[[Any, Language], Figure]] = {
    "pareto": pareto.plot,
    "value-saved": saved.plot,
    "sla-attainment": attainment.plot,
    "resolution-rates": rates.plot,
    "times": times.plot,
    "remedies": remedies.plot,
    "fairness": fairness.plot,
    "repurchase-ladder": ladder.plot,
    "trends": trends.plot,
}


def draw(name: str, report: object, *, image_format: Literal["png", "svg"], language: Language) -> bytes:
    """Return the content of the image file."""
    return render(lambda: PLOTS[name](report, language), image_format)
