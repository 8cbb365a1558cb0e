"""What scoring tells: how a customer's numbers moved and why, and which model speaks."""

from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from heed_common.contracts.event import Event


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Value(Part):
    """What the customer is worth to the firm."""

    amount: Decimal
    currency: str
    current: Decimal
    potential: Decimal
    tier: str
    method: str


class Loyalty(Part):
    """An index from 0 to 100; empty where nothing is known."""

    index: Decimal | None
    loyalty_class: str | None
    coverage: Decimal


class ChurnRisk(Part):
    """The probability of no purchase within the horizon."""

    probability: Decimal
    horizon_days: int
    band: str
    reason: str


class Factor(Part):
    """One addend of a score; those of one score add up to it exactly."""

    score: Literal["value", "loyalty", "churn_risk"]
    factor: str
    contribution: Decimal
    evidence: tuple[UUID, ...] = ()


class ScoreChanged(Event):
    topic: ClassVar[str] = "heed.scoring"
    type: ClassVar[Literal["heed.score.changed"]] = "heed.score.changed"
    version: ClassVar[Literal[1]] = 1

    customer_id: UUID
    model_version: str
    value: Value
    loyalty: Loyalty
    churn_risk: ChurnRisk
    value_at_risk: Decimal
    explanation: tuple[Factor, ...]
    caused_by_event_id: UUID | None
    caused_by_type: str

    @property
    def subject(self) -> UUID:
        return self.customer_id

    @property
    def key(self) -> UUID:
        return self.customer_id


class ModelPublished(Event):
    topic: ClassVar[str] = "heed.scoring"
    type: ClassVar[Literal["heed.model.published"]] = "heed.model.published"
    version: ClassVar[Literal[1]] = 1

    model_id: UUID
    model_version: str
    observed_until: AwareDatetime | None
    """The end of the data that it was fitted on; empty for the built-in prior."""

    @property
    def subject(self) -> UUID:
        return self.model_id

    @property
    def key(self) -> UUID:
        return self.model_id
