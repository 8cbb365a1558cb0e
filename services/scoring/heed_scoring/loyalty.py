"""How loyal a customer is: behaviour and, where it is known, attitude; pure.

Each indicator counts 60 points at what is just acceptable and 100 at what satisfies; the weights and bounds are ours †
until an operator's own judgements take their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heed_measures.arrays import Floats
from heed_measures.loyalty import CLASSES, UNKNOWN, LoyaltyIndex, classify, loyalty_index
from heed_scoring.features import Features


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


@dataclass(frozen=True, slots=True)
class LoyaltyNumbers:
    """Unrounded, one row a customer; nan where nothing is known."""

    values: Floats
    """The indicators as they were measured, in the order of `INDICATORS`."""
    whole: LoyaltyIndex
    behaviour: Floats
    attitude: Floats
    classes: Sequence[str | None]


def loyalty(customers: Sequence[Features]) -> LoyaltyNumbers:
    """The index of each customer, its two sides and its class."""
    values = np.array([_values(customer) for customer in customers]).reshape(len(customers), len(INDICATORS))
    split = len(BEHAVIOUR)
    behaviour = _index(values[:, :split], BEHAVIOUR).points
    attitude = _index(values[:, split:], ATTITUDE).points
    places = classify(attitude, behaviour)
    classes = [None if place == UNKNOWN else CLASSES[place] for place in places]
    return LoyaltyNumbers(values, _index(values, INDICATORS), behaviour, attitude, classes)


def _values(customer: Features) -> list[float]:
    attitude = [np.nan if customer.satisfaction is None else customer.satisfaction]
    if customer.purchase_days == 0:
        return [np.nan] * len(BEHAVIOUR) + attitude
    recency = customer.first_to_last / customer.age if customer.age else np.nan
    weeks = customer.first_to_last / 7
    return [float(customer.purchase_days - 1), weeks, recency, customer.returned_share, *attitude]


def _index(values: Floats, indicators: Sequence[Indicator]) -> LoyaltyIndex:
    return loyalty_index(
        values,
        x_no=[indicator.acceptable for indicator in indicators],
        x_sat=[indicator.satisfying for indicator in indicators],
        weights=[indicator.weight for indicator in indicators],
    )
