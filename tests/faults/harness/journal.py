"""What the product has acknowledged, as the callers remember it, and what they did not expect to hear."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Fact = tuple[str, str]
"""The type of an event without its version, and the aggregate that it is about."""


@dataclass(frozen=True, slots=True)
class Write:
    """One acknowledged write: what was sent, what came back, and the event that it must have caused."""

    path: str
    body: Mapping[str, Any]
    key: str
    answer: Mapping[str, Any]
    event_id: str
    fact: Fact
    at: datetime
    """By the product's clock."""


@dataclass(slots=True)
class Journal:
    """The memory of all callers of one stage."""

    writes: list[Write] = field(default_factory=list)
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By the path to read it, the fields that a resource must have at the end."""
    units: Counter[str] = field(default_factory=Counter)
    """By customer what they bought less what they brought back."""
    contradictions: list[str] = field(default_factory=list)
    """Repetitions that were not answered with the stored response: the write had its effect twice."""
    surprises: list[str] = field(default_factory=list)
    """Answers that no fault excuses."""

    def acknowledged(self) -> "Journal":
        """Return a copy of what has been acknowledged until now."""
        return Journal(list(self.writes), dict(self.rows), Counter(self.units))

    def go_back(self, to: "Journal") -> None:
        """Forget what was acknowledged since: a restore undoes it, and it must have left no trace."""
        self.writes, self.rows, self.units = list(to.writes), dict(to.rows), Counter(to.units)

    def facts(self) -> Counter[Fact]:
        """Count the events that the acknowledged writes must have caused."""
        return Counter(write.fact for write in self.writes)
