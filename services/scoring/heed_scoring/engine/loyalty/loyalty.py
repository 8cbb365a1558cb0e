"""Loyalty index: behaviour and, where it is known, attitude. Pure.

Each indicator counts 60 points at what is just acceptable and 100 at what satisfies; these bounds are ours †. The
weights come from the judgements of the model. What is not known leaves its weight to the others of its side, and a
side of which nothing is known leaves its own to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from typing import NamedTuple

import numpy as np

from heed_common.contracts.survey import Measure
from heed_measures.arrays import Floats
from heed_measures.loyalty import CLASSES, UNKNOWN_CLASS, LoyaltyIndex, classify, loyalty_index
from heed_measures.rounding import round_contributions_fixed_point, to_fixed_point
from heed_scoring.engine.decimal_text import INDEX_DIGITS, index
from heed_scoring.engine.explanation import LOYALTY, Line, numbers_of
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.loyalty.judgements import LoyaltyWeights


@dataclass(frozen=True, slots=True)
class Indicator:
    name: str
    acceptable: float
    satisfying: float


BEHAVIOUR = (
    Indicator("repeat_purchases", 3, 5),
    Indicator("relationship_weeks", 52, 52 * 5 / 3),
    Indicator("recency", 0.6, 1.0),
    Indicator("returned_share", 0.2, 0.0),
    Indicator("referrals", 0, 2),
    Indicator("cross_buying", 1, 3),
)
ATTITUDE = (
    Indicator("satisfaction", 0.6, 1.0),
    Indicator("recommendation", 0.7, 0.9),
    Indicator("effort", 0.6, 1.0),
)
MEASURES = (Measure.SATISFACTION, Measure.RECOMMENDATION, Measure.EFFORT)
"""Measures of the indicators of attitude."""
INDICATORS = BEHAVIOUR + ATTITUDE
FACTOR_NUMBERS = tuple(numbers_of(LOYALTY)[indicator.name] for indicator in INDICATORS)
NAN = np.nan
UNKNOWN_BEHAVIOUR = [NAN] * len(BEHAVIOUR)
UNKNOWN_ATTITUDE = [NAN] * len(ATTITUDE)
NO_EVIDENCE: list[tuple[str, ...]] = [()] * len(ATTITUDE)


class Loyalty(NamedTuple):
    """Loyalty as printed, None where unknown; the factors add up to the index exactly."""

    points: str | None
    loyalty_class: str | None
    behaviour: str | None
    attitude: str | None
    coverage: str
    parts: list[int]
    """Contribution of each of `INDICATORS`, in hundredths."""


def loyalty(customers: Sequence[Features], judged: LoyaltyWeights) -> list[Loyalty]:
    """Return index, both sides and class of each customer."""
    values = np.array([_values(customer) for customer in customers]).reshape(len(customers), len(INDICATORS))
    split = len(BEHAVIOUR)
    behaviour = _index(values[:, :split], BEHAVIOUR, judged)
    attitude = _index(values[:, split:], ATTITUDE, judged)
    whole = _combine(behaviour, attitude, judged)
    points = np.where(np.isnan(whole.points), 0.0, whole.points)
    parts = round_contributions_fixed_point(
        np.zeros(len(points)), points, whole.contributions, digits=INDEX_DIGITS
    ).parts
    positions = classify(
        attitude.points, behaviour.points, attitude_cut=judged.attitude_cut, behaviour_cut=judged.behaviour_cut
    )
    classes = [None if position == UNKNOWN_CLASS else CLASSES[position] for position in positions.tolist()]
    columns = (whole.points, behaviour.points, attitude.points, whole.coverage)
    printed = [_as_text(column) for column in columns]
    return list(map(Loyalty, printed[0], classes, *printed[1:], parts.tolist()))


def lines(customer: Features, loyalty: Loyalty) -> list[Line]:
    """Return one line for each known indicator."""
    rows = zip(FACTOR_NUMBERS, _values(customer), loyalty.parts, _evidence(customer), strict=True)
    return [(number, part, _seen(value), events) for number, value, part, events in rows if not isnan(value)]


@lru_cache(maxsize=4096)
def _seen(value: float) -> tuple[str]:
    """Return a number with at most two decimals. Cached, because many customers share a value."""
    return (f"{value:.2f}".rstrip("0").rstrip("."),)


def _values(customer: Features) -> list[float]:
    """Return the measured indicators, in their order; nan where unknown."""
    known = customer.attitudes
    attitudes = (
        [known[measure].level if measure in known else NAN for measure in MEASURES] if known else UNKNOWN_ATTITUDE
    )
    if customer.purchase_days == 0:
        return UNKNOWN_BEHAVIOUR + attitudes
    return [
        customer.purchase_days - 1,
        customer.first_to_last / 7,
        customer.first_to_last / customer.age if customer.age else np.nan,
        customer.returned_share,
        customer.referrals,
        customer.categories or np.nan,
        *attitudes,
    ]


def _evidence(customer: Features) -> list[tuple[str, ...]]:
    bought = customer.purchase_evidence
    known = customer.attitudes
    attitudes = [known[measure].evidence if measure in known else () for measure in MEASURES] if known else NO_EVIDENCE
    returned = customer.return_evidence or bought
    return [bought, bought, bought, returned, customer.referral_evidence, bought, *attitudes]


def _index(values: Floats, indicators: Sequence[Indicator], judged: LoyaltyWeights) -> LoyaltyIndex:
    return loyalty_index(
        values,
        x_no=[indicator.acceptable for indicator in indicators],
        x_sat=[indicator.satisfying for indicator in indicators],
        weights=[judged.weights[indicator.name] for indicator in indicators],
    )


def _combine(behaviour: LoyaltyIndex, attitude: LoyaltyIndex, judged: LoyaltyWeights) -> LoyaltyIndex:
    """Return the weighted mean of both sides, or the known side alone."""
    acts, feels = judged.weights["behaviour"], judged.weights["attitude"]
    both = acts + feels
    weight_of_acts = np.where(np.isnan(behaviour.points), 0.0, acts)
    weight_of_feels = np.where(np.isnan(attitude.points), 0.0, feels)
    known = weight_of_acts + weight_of_feels
    scale = 1 / np.where(known > 0, known, np.nan)
    of_acts, of_feels = np.nan_to_num(weight_of_acts * scale), np.nan_to_num(weight_of_feels * scale)
    points = of_acts * np.nan_to_num(behaviour.points) + of_feels * np.nan_to_num(attitude.points)
    return LoyaltyIndex(
        np.where(known > 0, points, np.nan),
        (acts * behaviour.coverage + feels * attitude.coverage) / both,
        np.hstack([behaviour.contributions * of_acts[:, np.newaxis], attitude.contributions * of_feels[:, np.newaxis]]),
    )


def _as_text(points: Floats) -> list[str | None]:
    unknown = np.isnan(points)
    units = to_fixed_point(np.where(unknown, 0.0, points), digits=INDEX_DIGITS)
    return [None if nothing else index(unit) for unit, nothing in zip(units.tolist(), unknown.tolist(), strict=True)]
