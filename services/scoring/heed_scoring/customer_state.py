"""A customer's row while it is locked: facts read out of it, new numbers put into it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from heed_scoring.facts import Facts, from_json
from heed_scoring.score import Score

TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class CustomerState:
    """The columns as they were locked, and as they will be written."""

    customer_id: UUID
    stored_facts: str
    facts_version: int
    known_at: datetime | None
    version: int
    numbers: str | None
    """The numbers that were last told to others."""
    model_version: str | None
    facts: Facts | None = None
    score: Score | None = None
    """The newest, with the numbers that lists are sorted by."""

    def read_facts(self) -> Facts:
        """Read once; whoever folds into them is seen by the next reader and by the one who writes."""
        if self.facts is None:
            self.facts = from_json(self.stored_facts)
        return self.facts

    def next_moment(self, now: datetime) -> datetime:
        """The clock, but strictly after all that is known of this customer."""
        return now if self.known_at is None or self.known_at < now else self.known_at + TICK
