"""HTTP schemas of hold-outs."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from heed_common.fields import Moment, RequestModel, ResponseModel, ShortText
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.insights.holdouts.rules import RULE, Arm

MAX_DAYS = 3650
Share = Annotated[Decimal, Field(gt=0, lt=1, decimal_places=4, allow_inf_nan=False, examples=["0.1"])]


class HoldoutIn(RequestModel):
    """`share` of the customers go without; with a `seed` of another hold-out they are split as there."""

    name: ShortText
    share: Share
    seed: ShortText | None = None
    horizon_days: int = Field(HORIZON_DAYS, ge=1, le=MAX_DAYS)


class HoldoutOut(ResponseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    share: float
    seed: str
    rule: str = RULE
    """How to compute the arm of a customer."""
    horizon_days: int
    created_at: Moment


class AssignmentIn(RequestModel):
    customer_id: UUID


class HoldoutAssignmentOut(ResponseModel):
    holdout_id: UUID
    customer_id: UUID
    arm: Arm
    assigned_at: Moment


class ArmOut(ResponseModel):
    """`waiting` are those whose horizon is not over yet: they are not counted before."""

    customers: int
    waiting: int
    observed: int
    bought_again: int
    rate: float | None


class UpliftOut(ResponseModel):
    """Rate of the treated less rate of those held out, with its interval: Newcombe 1998, method 10."""

    difference: float
    low: float
    high: float
    level: float
    method: Literal["newcombe"]


class HoldoutReportOut(HoldoutOut):
    """`uplift` is empty until a customer of each arm has been observed for the whole horizon."""

    treatment: ArmOut
    holdout: ArmOut
    uplift: UpliftOut | None
