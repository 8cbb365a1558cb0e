"""How loyal a customer is: behaviour and, where it is known, attitude; pure.

Each indicator counts 60 points at what is just acceptable and 100 at what satisfies; the weights and bounds are ours †
until an operator's own judgements take their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

import numpy as np

from heed_measures.arrays import Floats
from heed_measures.loyalty import CLASSES, UNKNOWN, LoyaltyIndex, classify, loyalty_index
from heed_measures.rounding import round_contributions_units, to_units
from heed_scoring.features import Features
from heed_scoring.printed import INDEX_DIGITS, Factor, index


@dataclass(frozen=True, slots=True)
class Indicator:
    name: str
    acceptable: float
    satisfying: float
    weight: float


BEHAVIOUR = (
    Indicator("repeat_purchases", 3, 5, 0.30),
    Indicator("relationship_weeks", 52, 52 * 5 / 3, 0.15),
    Indicator("recency", 0.6, 1.0, 0.20),
    Indicator("returned_share", 0.2, 0.0, 0.10),
)
ATTITUDE = (Indicator("satisfaction", 0.6, 1.0, 0.25),)
INDICATORS = BEHAVIOUR + ATTITUDE


class Loyalty(NamedTuple):
    """As printed, None where nothing is known; the factors add up to the index exactly."""

    points: str | None
    loyalty_class: str | None
    behaviour: str | None
    attitude: str | None
    coverage: str
    parts: list[int]
    """What each of `INDICATORS` brings, in hundredths."""


def loyalty(customers: Sequence[Features]) -> list[Loyalty]:
    """The index of each customer, its two sides and its class."""
    values = np.array([_values(customer) for customer in customers]).reshape(len(customers), len(INDICATORS))
    split = len(BEHAVIOUR)
    whole = _index(values, INDICATORS)
    behaviour = _index(values[:, :split], BEHAVIOUR).points
    attitude = _index(values[:, split:], ATTITUDE).points
    points = np.where(np.isnan(whole.points), 0.0, whole.points)
    parts = round_contributions_units(np.zeros(len(points)), points, whole.contributions, digits=INDEX_DIGITS).parts
    classes = [None if place == UNKNOWN else CLASSES[place] for place in classify(attitude, behaviour).tolist()]
    sides = (_printed(whole.points), classes, _printed(behaviour), _printed(attitude), _printed(whole.coverage))
    return list(map(Loyalty, *sides, parts.tolist()))


def factors(customer: Features, loyalty: Loyalty) -> list[Factor]:
    """One for each indicator that is known."""
    evidence = [customer.purchase_evidence] * len(BEHAVIOUR) + [customer.satisfaction_evidence] * len(ATTITUDE)
    rows = zip(INDICATORS, _values(customer), loyalty.parts, evidence, strict=True)
    return [
        Factor("loyalty", indicator.name, (f"{value:.2f}".rstrip("0").rstrip("."),), index(part), events)
        for indicator, value, part, events in rows
        if not isnan(value)
    ]


def _values(customer: Features) -> list[float]:
    """The indicators as they were measured, in their order; nan where nothing is known."""
    attitude = np.nan if customer.satisfaction is None else customer.satisfaction
    if customer.purchase_days == 0:
        return [np.nan, np.nan, np.nan, np.nan, attitude]
    recency = customer.first_to_last / customer.age if customer.age else np.nan
    return [customer.purchase_days - 1, customer.first_to_last / 7, recency, customer.returned_share, attitude]


def _index(values: Floats, indicators: Sequence[Indicator]) -> LoyaltyIndex:
    return loyalty_index(
        values,
        x_no=[indicator.acceptable for indicator in indicators],
        x_sat=[indicator.satisfying for indicator in indicators],
        weights=[indicator.weight for indicator in indicators],
    )


def _printed(points: Floats) -> list[str | None]:
    unknown = np.isnan(points)
    units = to_units(np.where(unknown, 0.0, points), digits=INDEX_DIGITS)
    return [None if nothing else index(unit) for unit, nothing in zip(units.tolist(), unknown.tolist(), strict=True)]
