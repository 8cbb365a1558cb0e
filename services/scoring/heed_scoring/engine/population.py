"""What a fit freezes of the population that it has seen: how many there were, and how much is much."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MIN_CUSTOMERS = 200
MIN_REPEATERS = 50


@dataclass(frozen=True)
class ReferenceYear:
    """What a customer of the upper fifth reaches within a year: the 80th percentile of each."""

    current: float
    """The current value, where it was known directly, in the model's currency."""
    gross_profit: float
    purchase_days: float
    service_cost: float


@dataclass(frozen=True)
class Population:
    """Nobody, until the first fit."""

    customers: int = 0
    repeaters: int = 0
    standard: ReferenceYear | None = None
    """None where the upper fifth was worth nothing: there is nothing to measure others by."""

    @property
    def is_many(self) -> bool:
        """Whether what was learnt from them can speak for each of them."""
        return self.customers >= MIN_CUSTOMERS and self.repeaters >= MIN_REPEATERS


def to_json(population: Population) -> dict[str, Any]:
    """As a model's parameters hold it."""
    return asdict(population)


def from_json(stored: Mapping[str, Any]) -> Population:
    """The inverse of `to_json`."""
    standard = stored["standard"]
    return Population(stored["customers"], stored["repeaters"], ReferenceYear(**standard) if standard else None)
