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
    """For people."""
    share: Share
    """Part of the customers that goes without the measure, above 0 and below 1."""
    seed: ShortText | None = None
    """Seed of the random split; null: the id of the hold-out."""
    horizon_days: int = Field(HORIZON_DAYS, ge=1, le=MAX_DAYS)


class HoldoutOut(ResponseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    share: float
    """Part of the customers that goes without the measure, 0 to 1."""
    seed: str
    rule: str = RULE
    """How to compute the arm of a customer."""
    horizon_days: int
    created_at: Moment


class AssignmentIn(RequestModel):
    customer_id: UUID


class HoldoutAssignmentOut(ResponseModel):
    holdout_id: UUID
    """The hold-out."""
    customer_id: UUID
    arm: Arm
    """`holdout`: the customer goes without the measure."""
    assigned_at: Moment
    """When the arm was asked for first; the horizon starts then."""


class ArmOut(ResponseModel):
    """`waiting` are those whose horizon is not over yet: they are not counted before."""

    customers: int
    """Customers of the arm, observed or waiting."""
    waiting: int
    """Customers whose horizon is not over yet."""
    observed: int
    """Customers whose horizon is over."""
    bought_again: int
    """Observed customers who bought within the horizon."""
    rate: float | None
    """`bought_again` divided by `observed`, 0 to 1; null while none is observed."""


class UpliftOut(ResponseModel):
    """Rate of the treated less rate of those held out, with its interval: Newcombe 1998, method 10."""

    difference: float
    """Rate of the treated less rate of those held out, −1 to 1."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end of its interval."""
    level: float
    """Probability with which the interval holds."""
    method: Literal["newcombe"]
    """How the interval is computed: Newcombe 1998, method 10."""


class HoldoutReportOut(HoldoutOut):
    """`uplift` is empty until a customer of each arm has been observed for the whole horizon."""

    treatment: ArmOut
    """Customers who got the measure."""
    holdout: ArmOut
    """Customers who went without."""
    uplift: UpliftOut | None
    """Effect of the measure; null until both arms are observed."""
