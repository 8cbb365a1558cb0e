"""What callers send to scoring and get from it."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from heed_common.contracts.survey import DefectionReason
from heed_common.fields import Amount, Moment, ResponseModel


class AmountInterval(ResponseModel):
    """Where the amount lies with that probability, as far as the model's parameters are known; chance is not in it."""

    low: Amount
    high: Amount
    level: float


class ProbabilityInterval(ResponseModel):
    """The same for a probability."""

    low: float
    high: float
    level: float


class ValueOut(ResponseModel):
    """What the customer is worth to the firm, in money."""

    amount: Amount
    currency: str
    current: Amount
    potential: Amount
    tier: Literal["A", "B", "C", "D"]
    method: str
    interval: AmountInterval | None = None


class LoyaltyOut(ResponseModel):
    """From 0 to 100; empty where nothing is known, `coverage` is the share that is known."""

    index: float | None
    class_: str | None = Field(alias="class", serialization_alias="class")
    behaviour: float | None
    attitude: float | None
    coverage: float


class NamedCode(ResponseModel):
    """A code of a taxonomy, with its label in the language that `Accept-Language` prefers."""

    code: str
    label: str


class ChurnRiskOut(ResponseModel):
    """The probability of no purchase within the horizon."""

    probability: float
    horizon_days: int
    band: Literal["low", "elevated", "high", "critical"]
    reason: DefectionReason
    reason_label: str
    motives: list[NamedCode]
    """What makes the customer stay."""
    barriers: list[NamedCode]
    """Barriers to leaving."""
    interval: ProbabilityInterval | None = None


class LifecycleOut(ResponseModel):
    """Stage of the relationship, and the rule for it; label and sentence in the language of `Accept-Language`."""

    stage: Literal["exploration", "formation", "stability", "decline"]
    label: str
    reason: str
    sentence: str


class MoneyOut(ResponseModel):
    amount: Amount
    currency: str


class ComplaintOutlookOut(ResponseModel):
    """Forecast for an open complaint, everything else being unchanged.

    `expected_value_saved` is potential value × the difference of the two risks: an association seen in many customers
    (easy cases are resolved quickly), not a proven effect of handling this complaint well.
    """

    complaint_id: UUID
    risk_if_resolved_quickly: float
    risk_if_unresolved: float
    expected_value_saved: MoneyOut
    sentence: str


class FactorOut(ResponseModel):
    """One term of the sum: the terms of a score add up to it exactly. Money as a decimal string, the others as numbers.

    `value` is the observation, `sentence` its effect, both in the language that `Accept-Language` prefers.
    """

    score: Literal["value", "loyalty", "churn_risk"]
    factor: str
    value: str
    contribution: float | str
    sentence: str
    evidence: list[UUID]


class CoverageOut(ResponseModel):
    currencies_left_out: list[str]
    no_interval: dict[str, str]
    """By score why it has no interval: not_fitted, learned_from_outcomes, not_from_purchases, history."""


class CauseOut(ResponseModel):
    """The event that changed the numbers; `time` if only time has passed, `repair` if they had been wrong, `other` if
    the reader may not see the cause."""

    type: str
    event_id: UUID | None = None


class PreviousOut(ResponseModel):
    churn_risk: float
    loyalty: float | None
    value: Amount


class ScoreOut(ResponseModel):
    customer_id: UUID
    as_of: Moment
    model_version: str
    value: ValueOut
    loyalty: LoyaltyOut
    churn_risk: ChurnRiskOut
    lifecycle: LifecycleOut
    value_at_risk: MoneyOut
    complaints: list[ComplaintOutlookOut]
    coverage: CoverageOut
    explanation: list[FactorOut]
    caused_by: CauseOut
    previous: PreviousOut | None


class ScoreSummary(ResponseModel):
    """A line of the list: the last numbers, without their explanation."""

    customer_id: UUID
    scored_day: date
    model_version: str
    value: ValueOut
    loyalty: LoyaltyOut
    churn_risk: ChurnRiskOut
    lifecycle: LifecycleOut
    value_at_risk: MoneyOut
