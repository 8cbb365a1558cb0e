"""HTTP schemas of the drift report."""

from datetime import date
from typing import Any, Literal

from heed_common.fields import ResponseModel


class DriftOut(ResponseModel):
    """One look: of the shift a day, of the calibration the last day of a month."""

    day: date
    model_version: str
    customers: int
    figure: float | None
    """None where there were too few customers to say."""
    detail: dict[str, Any]


class DriftReport(ResponseModel):
    """How far the published risks have moved since the fit, and how true they were; newest first."""

    limits: dict[Literal["shift", "calibration"], float]
    alerts: list[Literal["shift", "calibration"]]
    """Of which the latest figure is at the limit or above."""
    shift: list[DriftOut]
    calibration: list[DriftOut]
