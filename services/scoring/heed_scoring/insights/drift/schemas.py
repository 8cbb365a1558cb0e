"""HTTP schemas of the drift report."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from heed_common.fields import ResponseModel


class DriftOut(ResponseModel):
    """One finding: of the shift on a day, of the calibration on the last day of a month."""

    day: date
    """Day for which it was computed."""
    model_version: str
    customers: int
    """Customers that were compared."""
    figure: float | None = Field(validation_alias="value")
    """None where there were too few customers."""
    detail: dict[str, Any]
    """Groups behind the figure, with counts, and the forecast (`said`) beside the outcome (`happened`)."""


class DriftReport(ResponseModel):
    """Shift of the published risks since the fit, and their calibration; newest first."""

    limits: dict[Literal["shift", "calibration"], float]
    """Figure by measure from which an alert is raised."""
    alerts: list[Literal["shift", "calibration"]]
    """Measures with a latest figure at the limit or above."""
    shift: list[DriftOut]
    """Population stability index of the published risks, by day."""
    calibration: list[DriftOut]
    """Mean absolute difference of forecast and outcome, by month whose horizon is over."""
