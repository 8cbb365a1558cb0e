"""Complaints in the churn risk: their weights now and if one had ended otherwise, and the value saved by handling it.

Of several complaints of a customer the largest weight counts: a maximum does not depend on their order, and cannot fall
when one more is opened. The value saved is an association over many customers, not a proven effect: easy cases are
resolved quickly, so part of it would have stayed anyway. Hold-outs measure that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from heed_measures import churn
from heed_measures.arrays import Floats
from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, amount, half_even, probability
from heed_scoring.engine.features.features import ComplaintFeature, Features, ResolutionStage

WEIGHTS = churn.complaint_weights()
MAX_COMPLAINTS = 100
"""Open complaints in one score, those with most at stake: an event has a maximum size."""


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


class ComplaintScenario(NamedTuple):
    """Risk of the customer if only this complaint ended otherwise, in millionths."""

    complaint_id: str
    resolved_quickly: int
    unresolved: int


class ValueSaved(NamedTuple):
    """Both risks as printed, and the potential value between them."""

    complaint_id: str
    risk_if_resolved_quickly: str
    risk_if_unresolved: str
    expected_value_saved: str


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


def value_saved(scenarios: Sequence[ComplaintScenario], *, potential: str, digits: int) -> tuple[ValueSaved, ...]:
    """Return printed potential value × risk reduction by quick resolution, exact from the printed numbers."""
    if not scenarios:
        return ()
    worth = max(int(potential.replace(".", "")), 0)
    return tuple(
        ValueSaved(
            scenario.complaint_id,
            probability(scenario.resolved_quickly),
            probability(scenario.unresolved),
            amount(
                half_even(worth * (scenario.unresolved - scenario.resolved_quickly), 10**PROBABILITY_DIGITS), digits
            ),
        )
        for scenario in _most_at_stake(scenarios)
    )


def _weight(complaint: ComplaintFeature, stage: ResolutionStage) -> float:
    return float(WEIGHTS[churn.SEVERITIES.index(complaint.severity), churn.STATES.index(stage)])


def _most_at_stake(scenarios: Sequence[ComplaintScenario]) -> Sequence[ComplaintScenario]:
    if len(scenarios) <= MAX_COMPLAINTS:
        return scenarios
    return sorted(
        scenarios, key=lambda scenario: (scenario.resolved_quickly - scenario.unresolved, scenario.complaint_id)
    )[:MAX_COMPLAINTS]
