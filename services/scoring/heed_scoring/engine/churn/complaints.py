"""Weights of complaints in the churn risk, now and if one of them had ended otherwise; vectorised.

Of several complaints of a customer the largest weight counts: a maximum does not depend on their order, and cannot fall
when one more is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heed_measures import churn
from heed_measures.arrays import Floats
from heed_scoring.engine.features.features import ComplaintFeature, Features, ResolutionStage

WEIGHTS = churn.complaint_weights()


@dataclass(frozen=True, slots=True)
class ComplaintWeights:
    """Complaints of a batch of customers with their weights in log-odds."""

    complaints: list[tuple[int, ComplaintFeature]]
    """Each complaint with the row of its customer."""
    weights: list[float]
    """Weight of each complaint."""
    largest: list[float]
    """Largest weight of each customer; 0 without a complaint."""
    heaviest: list[ComplaintFeature | None]
    others: list[float]
    """Second largest weight of each customer."""


@dataclass(frozen=True, slots=True)
class ScenarioWeights:
    """Open complaints of a batch, and the largest weight of the customer if each ended otherwise."""

    complaints: list[tuple[int, ComplaintFeature]]
    quickly: Floats
    unresolved: Floats


def complaint_weights(customers: Sequence[Features]) -> ComplaintWeights:
    """Return the weights of all complaints and of each customer today."""
    owned = [(row, complaint) for row, customer in enumerate(customers) for complaint in customer.complaints]
    days = [np.nan if complaint.days_since_end is None else complaint.days_since_end for _, complaint in owned]
    now = [_weight(complaint, complaint.stage) for _, complaint in owned]
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
    """Return the weights if each open complaint were resolved quickly or not at all; None without open complaints."""
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


def _weight(complaint: ComplaintFeature, stage: ResolutionStage) -> float:
    return float(WEIGHTS[churn.SEVERITIES.index(complaint.severity), churn.STATES.index(stage)])
