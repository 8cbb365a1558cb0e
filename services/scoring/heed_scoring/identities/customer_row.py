"""A customer's row while it is locked: facts read out of it, new numbers put into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from heed_scoring.engine.score import Score
from heed_scoring.ledger.entry import LedgerRow
from heed_scoring.ledger.facts import Facts, from_json

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
    scored_day: date | None
    told_breaks: str | None
    """The last purchase of each break of a rhythm that was told, by category."""
    root: UUID | None
    """The survivor of a family of merged customers, on the survivor's row too; None for who is not merged."""
    facts: Facts | None = None
    """Once something new was folded into them."""
    told: str | None = None
    """The newer numbers, where others are told of them now."""
    new_breaks: str | None = None
    """The same with those that are told now."""
    score: Score | None = None
    """The newest, with the numbers that lists are sorted by."""

    @property
    def is_member(self) -> bool:
        """Whether a survivor is scored in place of this customer."""
        return self.root not in (None, self.customer_id)

    def read_facts(self) -> Facts:
        return self.facts or from_json(self.stored_facts)

    def fold_in(self, row: LedgerRow) -> Facts:
        """The facts with that row in them."""
        self.facts = self.read_facts()
        self.facts.add(row)
        self.facts_version = self.facts.rows
        return self.facts

    def tell(self, numbers: str) -> None:
        """Others are told these numbers."""
        self.next_version()
        self.numbers = self.told = numbers

    def fall_silent(self) -> None:
        """From here on a survivor is scored in place of this customer."""
        self.numbers = self.told = self.score = None

    def next_version(self) -> int:
        """For the next event about this customer."""
        self.version += 1
        return self.version

    def take_moment(self, now: datetime) -> datetime:
        """The clock, but strictly after all that is known of this customer."""
        self.known_at = moment_after(self.known_at, now)
        return self.known_at


def moment_after(latest: datetime | None, now: datetime) -> datetime:
    """The clock, but strictly after that moment."""
    return now if latest is None or latest < now else latest + TICK


def states_of(rows: Sequence[Row[Any]]) -> list[CustomerState]:
    return [CustomerState(*columns) for columns in map(tuple, rows)]
