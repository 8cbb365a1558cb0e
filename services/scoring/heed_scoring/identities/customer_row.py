"""Row of a locked customer: the columns as read, and as they will be written."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from heed_scoring.engine.score import Score
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.ledger.facts import Facts, from_json, to_json

ONE_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class LockedCustomer:
    """A customer whose row is locked until the end of the transaction."""

    customer_id: UUID
    stored_facts: str
    facts_version: int
    recorded_at: datetime | None
    version: int
    published_numbers: str | None
    model_version: str | None
    scored_on: date | None
    announced_breaks: str | None
    """By category the last purchase before the break of a rhythm that was announced last."""
    survivor_id: UUID | None
    """The survivor of a family of merged customers, on the survivor's row too; None for a customer without merges."""
    facts: Facts | None = None
    """Set once they were read."""
    has_new_facts: bool = False
    new_numbers: str | None = None
    """The numbers that this transaction publishes."""
    new_announced_breaks: str | None = None
    """The same as `announced_breaks` with those that this transaction announces."""
    score: Score | None = None
    """The newest, with the numbers that lists are sorted by."""

    @property
    def is_member(self) -> bool:
        """Whether a survivor is scored in place of this customer."""
        return self.survivor_id not in (None, self.customer_id)

    @property
    def has_publications(self) -> bool:
        return self.new_numbers is not None or self.new_announced_breaks is not None

    def parse_facts(self) -> Facts:
        self.facts = self.facts or from_json(self.stored_facts)
        return self.facts

    def apply(self, row: LedgerRow) -> None:
        """Add the row to the facts."""
        self.facts = self.facts or from_json(self.stored_facts)
        self.facts.add(row)
        self.facts_version, self.has_new_facts = self.facts.rows, True

    def close_days(self, today: date) -> None:
        """Close the days that are old enough."""
        facts = self.parse_facts()
        self.has_new_facts |= facts.close_days(today)

    def facts_to_store(self) -> str | None:
        """Return the new facts as text, None where they are as they were stored."""
        if self.facts is None or not self.has_new_facts:
            return None
        self.stored_facts = to_json(self.facts)
        return self.stored_facts

    def publish_numbers(self, numbers: str) -> None:
        """Set the published numbers and count the event that publishes them."""
        self.next_version()
        self.published_numbers = self.new_numbers = numbers

    def clear_score(self) -> None:
        """Remove the score: from now on a survivor is scored in place of this customer."""
        self.published_numbers = self.new_numbers = self.score = None

    def next_version(self) -> int:
        """Return the version of the next event about this customer."""
        self.version += 1
        return self.version

    def next_timestamp(self, now: datetime) -> datetime:
        """Return the current time, but strictly after everything recorded about this customer."""
        self.recorded_at = timestamp_after(self.recorded_at, now)
        return self.recorded_at


def timestamp_after(latest: datetime | None, now: datetime) -> datetime:
    """Return the current time, but strictly after `latest`."""
    return now if latest is None or latest < now else latest + ONE_MICROSECOND
