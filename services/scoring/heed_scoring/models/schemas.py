"""HTTP schemas of models and their fits."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from heed_common.fields import Moment, RequestModel, ResponseModel


class FitIn(RequestModel):
    """Model to learn, purchases to learn it from, and whether to promote it at once."""

    model: Literal["mbg_nbd", "bg_nbd", "calibrated"] = "mbg_nbd"
    """`mbg_nbd` and `bg_nbd` learn from purchases; `calibrated` from the outcomes of past days as well."""
    observed_until: date | None = None
    """Purchases after this day are not used; null: all are."""
    penalty: float = Field(1.0, ge=0, le=1000, allow_inf_nan=False)
    promote: bool = False


class FitOut(ResponseModel):
    id: UUID
    algorithm: str
    """As `model` in the request."""
    observed_until: date | None
    """Purchases after this day are not used; null: all are."""
    penalty: float
    promote: bool
    state: Literal["pending", "done", "failed"]
    """`pending` until the worker has fitted it."""
    problem: str | None
    """Why it failed; null otherwise."""
    model_version: str | None
    """Version that was learned; null until it is done."""
    requested_at: Moment
    finished_at: Moment | None


class ModelOut(ResponseModel):
    version: str
    """Named by `model_version` of scores."""
    in_force: bool
    """Whether new scores are computed by it."""
    role: Literal["champion", "challenger", "former"]
    """Role of a version: in force, never in force, or formerly in force."""
    parameters: dict[str, Any]
    """What was learned, by name; of the algorithm."""
    diagnostics: dict[str, Any]
    """How well it fits, and the comparison with the model in force then."""
    created_at: Moment


class ModelsOut(ResponseModel):
    items: list[ModelOut]
    next_cursor: str | None = None
