"""HTTP schemas of the drift report."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from heed_common.fields import ResponseModel


class DriftOut(ResponseModel):
    """One finding: of the shift on a day, of the calibration on the last day of a month."""

    day: date
    model_version: str
    customers: int
    figure: float | None = Field(validation_alias="value")
    """None where there were too few customers."""
    detail: dict[str, Any]


class DriftReport(ResponseModel):
    """Shift of the published risks since the fit, and their calibration; newest first."""

    limits: dict[Literal["shift", "calibration"], float]
    alerts: list[Literal["shift", "calibration"]]
    """Measures with a latest figure at the limit or above."""
    shift: list[DriftOut]
    calibration: list[DriftOut]
