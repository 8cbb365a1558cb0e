"""HTTP schemas of models and their fits."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, RequestModel, ResponseModel


class FitIn(RequestModel):
    """Model to learn, purchases to learn it from, and whether to promote it at once."""

    model: Literal["mbg_nbd", "bg_nbd", "calibrated"] = "mbg_nbd"
    observed_until: date | None = None
    penalty: float = Field(1.0, ge=0, le=1000, allow_inf_nan=False)
    promote: bool = False


class FitOut(ResponseModel):
    id: UUID
    algorithm: str
    observed_until: date | None
    penalty: float
    promote: bool
    state: Literal["pending", "done", "failed"]
    problem: str | None
    model_version: str | None
    requested_at: Moment
    finished_at: Moment | None


class ModelOut(ResponseModel):
    version: str
    in_force: bool
    role: Literal["champion", "challenger", "former"]
    """Role of a version: in force, never in force, or formerly in force."""
    parameters: dict[str, Any]
    diagnostics: dict[str, Any]
    created_at: Moment


class ModelsOut(ResponseModel):
    items: list[ModelOut]
    next_cursor: str | None = None
