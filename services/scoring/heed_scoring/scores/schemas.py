"""What callers send to scoring and get from it."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from heed_common.contracts.survey import DefectionReason
from heed_common.fields import Amount, AmountText, Moment, ResponseModel


class AmountInterval(ResponseModel):
    """Where the amount lies with that probability, as far as the model's parameters are known; chance is not in it."""

    low: Amount
    """Lower end of the interval."""
    high: Amount
    """Upper end of the interval."""
    level: float
    """Probability with which the interval holds."""


class ProbabilityInterval(ResponseModel):
    """The same for a probability."""

    low: float
    """Lower end of the interval, from 0."""
    high: float
    """Upper end of the interval, up to 1."""
    level: float
    """Probability with which the interval holds."""


class ValueOut(ResponseModel):
    """What the customer is worth to the firm, in money."""

    amount: Amount
    """Current plus potential value, in `currency`."""
    currency: str
    current: Amount
    """Contribution of the last 365 days, less the cost of service."""
    potential: Amount
    tier: Literal["A", "B", "C", "D"]
    method: str
    """How both parts are known, `current/potential`: each `direct` or from `indicators`."""
    interval: AmountInterval | None = None
    """Of the amount; null for the reason in `coverage.no_interval`."""


class LoyaltyOut(ResponseModel):
    """From 0 to 100; empty where nothing is known, `coverage` is the share that is known."""

    index: float | None
    """From 0 to 100; null if nothing is known."""
    class_: str | None = Field(alias="class", serialization_alias="class")
    """`true`, `latent`, `spurious` or `none`; null if either side is unknown."""
    behaviour: float | None
    """From 0 to 100, from purchases and referrals; null if nothing is known."""
    attitude: float | None
    """From 0 to 100, from answers; null if nothing is known."""
    coverage: float


class NamedCode(ResponseModel):
    """A code of a taxonomy, with its label in the language that `Accept-Language` prefers."""

    code: str
    """Code in the taxonomy."""
    label: str
    """The term in the language that `Accept-Language` prefers."""


class ChurnRiskOut(ResponseModel):
    """The probability of no purchase within the horizon."""

    probability: float
    """Of no purchase within the horizon, 0 to 1."""
    horizon_days: int
    band: Literal["low", "elevated", "high", "critical"]
    reason: DefectionReason
    """Likeliest reason to leave."""
    reason_label: str
    """The reason in the language that `Accept-Language` prefers."""
    motives: list[NamedCode]
    """What makes the customer stay."""
    barriers: list[NamedCode]
    """Barriers to leaving."""
    interval: ProbabilityInterval | None = None
    """Of the probability; null for the reason in `coverage.no_interval`."""


class LifecycleOut(ResponseModel):
    """Stage of the relationship, and the rule for it; label and sentence in the language of `Accept-Language`."""

    stage: Literal["exploration", "formation", "stability", "decline"]
    """Stage of the relationship."""
    label: str
    """The stage in the language that `Accept-Language` prefers."""
    reason: str
    """Code of the rule that determined it."""
    sentence: str
    """The rule in words, in the language that `Accept-Language` prefers."""


class MoneyOut(ResponseModel):
    amount: Amount
    """In `currency`."""
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
    """The forecast in words, in the language that `Accept-Language` prefers."""


class FactorOut(ResponseModel):
    """One term of the sum: the terms of a score add up to it exactly. Money as a decimal string, the others as numbers.

    `value` is the observation, `sentence` its effect, both in the language that `Accept-Language` prefers.
    """

    score: Literal["value", "loyalty", "churn_risk"]
    """The score of which it is a part."""
    factor: str
    value: str
    """What was observed, in words."""
    contribution: float | AmountText
    sentence: str
    """The effect in words."""
    evidence: list[UUID]
    """Ids of the events behind it; those that the caller may not see are left out."""


class CoverageOut(ResponseModel):
    currencies_left_out: list[str]
    """Currencies without a rate; purchases in them are in no value."""
    no_interval: dict[str, str]
    """By score why it has no interval: not_fitted, learned_from_outcomes, not_from_purchases, history."""


class CauseOut(ResponseModel):
    """The event that changed the numbers; `time` if only time has passed, `repair` if they had been wrong, `other` if
    the reader may not see the cause."""

    type: str
    """Full type of the event, or `time`, `repair` or `other`."""
    event_id: UUID | None = None
    """The event; null if none caused it, or the reader may not see it."""


class PreviousOut(ResponseModel):
    churn_risk: float
    loyalty: float | None
    """Index before; null if it was not known."""
    value: Amount
    """Amount before."""


class ScoreOut(ResponseModel):
    customer_id: UUID
    as_of: Moment
    """Moment for which the score holds."""
    model_version: str
    value: ValueOut
    """What the customer is worth to the organisation."""
    loyalty: LoyaltyOut
    """From behaviour and attitude."""
    churn_risk: ChurnRiskOut
    lifecycle: LifecycleOut
    value_at_risk: MoneyOut
    complaints: list[ComplaintOutlookOut]
    """Forecast for each open complaint that the caller may see."""
    coverage: CoverageOut
    explanation: list[FactorOut]
    caused_by: CauseOut
    """What changed the numbers last."""
    previous: PreviousOut | None
    """Numbers before the last change; null for the first score."""


class ScoreSummary(ResponseModel):
    """A line of the list: the last numbers, without their explanation."""

    customer_id: UUID
    scored_day: date
    """Day for which it was computed, in the time zone of the organisation."""
    model_version: str
    value: ValueOut
    """What the customer is worth to the organisation."""
    loyalty: LoyaltyOut
    """From behaviour and attitude."""
    churn_risk: ChurnRiskOut
    lifecycle: LifecycleOut
    value_at_risk: MoneyOut
