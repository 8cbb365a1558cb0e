"""How much complaints weigh on the risk, and how much they would if one of them had ended otherwise; vectorised.

Of several complaints of a customer the largest weight counts: a maximum has no order, and cannot fall when one more is
opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heed_measures import churn
from heed_measures.arrays import Floats
from heed_scoring.engine.features.features import ComplaintFeature, Features

WEIGHTS = churn.complaint_weights()


@dataclass(frozen=True, slots=True)
class ComplaintWeights:
    """The complaints of a batch of customers with their weights in log-odds."""

    complaints: list[tuple[int, ComplaintFeature]]
    """Each with the row of its customer."""
    weights: list[float]
    """Of each of them."""
    largest: list[float]
    """Of each customer; 0 without a complaint."""
    heaviest: list[ComplaintFeature | None]
    others: list[float]
    """Of each customer the largest weight but that of the heaviest complaint."""


@dataclass(frozen=True, slots=True)
class ScenarioWeights:
    """The open complaints of a batch: where they stand, and the customer's largest weight if each ended otherwise."""

    complaints: list[tuple[int, ComplaintFeature]]
    quickly: Floats
    unresolved: Floats


def complaint_weights(customers: Sequence[Features]) -> ComplaintWeights:
    """What weighs on each customer today."""
    owned = [(row, complaint) for row, customer in enumerate(customers) for complaint in customer.complaints]
    days = [np.nan if complaint.days_since_end is None else complaint.days_since_end for _, complaint in owned]
    now = [_weight(complaint, complaint.ladder) for _, complaint in owned]
    weights = churn.decay_weight(now, days).tolist()
    largest, others = [0.0] * len(customers), [0.0] * len(customers)
    heaviest: list[ComplaintFeature | None] = [None] * len(customers)
    for (row, complaint), weight in zip(owned, weights, strict=True):
        if weight > largest[row] or heaviest[row] is None:
            others[row], largest[row], heaviest[row] = largest[row], weight, complaint
        else:
            others[row] = max(others[row], weight)
    return ComplaintWeights(owned, weights, largest, heaviest, others)


def scenario_weights(weighed: ComplaintWeights) -> ScenarioWeights | None:
    """Resolved quickly, or left unresolved: only that complaint changed. None where nobody has an open one."""
    open_ones = [(row, complaint) for row, complaint in weighed.complaints if complaint.is_open]
    if not open_ones:
        return None
    rest = [
        weighed.others[row] if complaint is weighed.heaviest[row] else weighed.largest[row]
        for row, complaint in open_ones
    ]
    quickly = [_weight(complaint, "resolved_quickly") for _, complaint in open_ones]
    unresolved = [_weight(complaint, "unresolved") for _, complaint in open_ones]
    return ScenarioWeights(open_ones, np.maximum(rest, quickly), np.maximum(rest, unresolved))


def _weight(complaint: ComplaintFeature, ladder: str) -> float:
    return float(WEIGHTS[churn.SEVERITIES.index(complaint.severity), churn.STATES.index(ladder)])
