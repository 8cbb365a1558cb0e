"""Events of the scoring service: changes of a customer's scores with their reasons, and published models."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from heed_common.contracts.event import Event


class ScorePart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Value(ScorePart):
    """Value of the customer to the organisation."""

    amount: Decimal
    """What the customer is worth: current plus potential, in `currency`."""
    currency: str
    current: Decimal
    """Contribution of the last 365 days, less the cost of service."""
    potential: Decimal
    tier: str
    method: str
    """How both parts are known, `current/potential`: each `direct` or from `indicators`."""


class Loyalty(ScorePart):
    """An index from 0 to 100; null if it is unknown."""

    index: Decimal | None
    """From 0 to 100, with the decimals of the model; null if nothing is known."""
    loyalty_class: str | None
    coverage: Decimal


class ChurnRisk(ScorePart):
    """The probability of no purchase within the horizon."""

    probability: Decimal
    """Of no purchase within the horizon, from 0 to 1."""
    horizon_days: int
    band: str
    reason: str
    """Why customers like this one leave: `price`, `product`, `service`, `own_change`, …"""
    motives: tuple[str, ...] = ()
    """What makes the customer stay."""
    barriers: tuple[str, ...] = ()
    """What keeps the customer from leaving."""


class Lifecycle(ScorePart):
    """Stage of the relationship (exploration, formation, stability or decline), and the rule that determined it."""

    stage: str
    """`exploration`, `formation`, `stability` or `decline`."""
    reason: str
    """Code of the rule that determined the stage."""


class ComplaintForecast(ScorePart):
    """Churn risk with and without a quick resolution of an open complaint: an association, not a proven effect."""

    complaint_id: UUID
    risk_if_resolved_quickly: Decimal
    risk_if_unresolved: Decimal
    expected_value_saved: Decimal
    """Potential value × the difference of these risks, in the currency of the value."""


class Factor(ScorePart):
    """One addend of a score; the addends of a score sum up to it exactly."""

    score: Literal["value", "loyalty", "churn_risk"]
    """The score of which it is a part."""
    factor: str
    contribution: Decimal
    evidence: tuple[UUID, ...] = ()
    """Ids of the events behind it."""


class ScoringEvent(Event):
    topic: ClassVar[str] = "heed.scoring"

    customer_id: UUID

    @property
    def subject(self) -> UUID:
        return self.customer_id

    @property
    def key(self) -> UUID:
        return self.customer_id


class ScoreChanged(ScoringEvent):
    type: ClassVar[Literal["heed.score.changed"]] = "heed.score.changed"
    version: ClassVar[Literal[1]] = 1

    model_version: str
    value: Value
    """What the customer is worth to the organisation."""
    loyalty: Loyalty
    """Loyalty from behaviour and attitude."""
    churn_risk: ChurnRisk
    value_at_risk: Decimal
    explanation: tuple[Factor, ...]
    caused_by_event_id: UUID | None
    caused_by_type: str
    lifecycle: Lifecycle | None = None
    complaints: tuple[ComplaintForecast, ...] = ()
    """One for each open complaint; of more than 100 those with the highest value at risk."""


class ThresholdCrossed(ScoringEvent):
    """A published score has moved to another risk band, tier or loyalty class."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    type: ClassVar[Literal["heed.score.threshold_crossed"]] = "heed.score.threshold_crossed"
    version: ClassVar[Literal[1]] = 1

    score: Literal["churn_risk", "value", "loyalty"]
    """Which score moved."""
    from_: str = Field(alias="from")
    """Class before, as in `to`."""
    to: str
    """Churn risk: low, elevated, high, critical. Value: D, C, B, A. Loyalty: none, spurious, latent, true."""
    direction: Literal["up", "down"]
    """Direction of the score: up is more risk, more value, more loyalty."""
    caused_by_event_id: UUID | None
    caused_by_type: str


class RhythmBroken(ScoringEvent):
    """A customer has not bought for more than twice the usual interval: in one category, or at all."""

    type: ClassVar[Literal["heed.rhythm.broken"]] = "heed.rhythm.broken"
    version: ClassVar[Literal[1]] = 1

    kind: Literal["life_event_candidate", "all"]
    """One category stops while others go on: something may have changed in the customer's life; or all have stopped."""
    category: str | None
    """Null if all have stopped."""
    last_bought: date
    usual_interval_days: Decimal
    """Mean number of days between its purchase days until then."""


class ModelPublished(Event):
    topic: ClassVar[str] = "heed.scoring"
    type: ClassVar[Literal["heed.model.published"]] = "heed.model.published"
    version: ClassVar[Literal[1]] = 1

    model_id: UUID
    model_version: str
    observed_until: AwareDatetime | None
    """End of the data that it was fitted on; null for the built-in prior."""

    @property
    def subject(self) -> UUID:
        return self.model_id

    @property
    def key(self) -> UUID:
        return self.model_id
