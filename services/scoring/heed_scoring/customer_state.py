"""A customer's row while it is locked: facts read out of it, new numbers put into it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_scoring.facts import Facts, from_json
from heed_scoring.model import Model
from heed_scoring.score import Score

TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class CustomerState:
    """The columns as they were locked, and as they will be written."""

    customer_id: UUID
    facts: dict[str, Any]
    facts_version: int
    known_at: datetime | None
    version: int
    numbers: dict[str, Any] | None
    scored_day: date | None = None
    model_version: str | None = None
    columns: dict[str, Decimal | None] = field(default_factory=dict)
    """The numbers that lists are sorted by."""

    def read_facts(self) -> Facts:
        return from_json(self.facts) if self.facts else Facts()

    def next_moment(self, now: datetime) -> datetime:
        """The clock, but strictly after all that is known of this customer."""
        return now if self.known_at is None else max(now, self.known_at + TICK)

    def note(self, score: Score, *, published: dict[str, Any] | None, day: date, model: Model) -> None:
        """The score of that day and model; `published` are the numbers that were last told to others."""
        self.scored_day, self.model_version, self.numbers = day, model.version, published
        self.columns = {
            "amount": score.amount,
            "potential": score.potential,
            "loyalty": score.loyalty,
            "probability": score.probability,
            "value_at_risk": score.value_at_risk,
        }
