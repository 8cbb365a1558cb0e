"""Reference population of a fit: its size, and a good year of one of its customers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MIN_CUSTOMERS = 200
MIN_REPEATERS = 50


@dataclass(frozen=True)
class ReferenceYear:
    """The 80th percentiles of a year of the population."""

    current: float
    """Current value, of customers for whom it is known directly, in the model's currency."""
    gross_profit: float
    purchase_days: float
    service_cost: float


@dataclass(frozen=True)
class Population:
    """The customers of a fit; none until the first one."""

    customers: int = 0
    repeaters: int = 0
    standard: ReferenceYear | None = None
    """None where the 80th percentile of value is not positive, so that it cannot be a reference."""

    @property
    def is_many(self) -> bool:
        """Return whether the population is large enough for statements about single customers."""
        return self.customers >= MIN_CUSTOMERS and self.repeaters >= MIN_REPEATERS


def to_json(population: Population) -> dict[str, Any]:
    """Return the population as stored in a model's parameters."""
    return asdict(population)


def from_json(stored: Mapping[str, Any]) -> Population:
    """Return the population that `to_json` has written."""
    standard = stored["standard"]
    return Population(stored["customers"], stored["repeaters"], ReferenceYear(**standard) if standard else None)
