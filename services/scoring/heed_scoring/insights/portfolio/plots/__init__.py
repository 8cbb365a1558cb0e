"""The reports as pictures: each title states the finding, and the same class has the same colour in all."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from matplotlib.figure import Figure

from heed_common.languages import Language
from heed_plots.canvas import render
from heed_scoring.insights.portfolio.plots import at_risk, bucket, clusters, migration, pyramid, retention, rfm

PLOTS: Mapping[str, Callable[[Any, Language], Figure]] = {
    "value-pyramid": pyramid.plot,
    "leaky-bucket": bucket.plot,
    "retention": retention.plot,
    "migration": migration.plot,
    "value-at-risk": at_risk.plot,
    "clusters": clusters.plot,
    "rfm": rfm.plot,
}


def draw(name: str, report: object, *, kind: Literal["png", "svg"], language: Language) -> bytes:
    """The file of the picture."""
    return render(lambda: PLOTS[name](report, language), kind)
