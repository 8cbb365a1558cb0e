"""Churn risk: the purchase model's probability, moved by the heaviest complaint and by satisfaction."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from heed_measures import churn
from heed_measures.arrays import Floats
from heed_measures.rounding import round_contributions_units
from heed_scoring.features import ComplaintFeature, Features
from heed_scoring.model import HORIZON_DAYS, PURCHASE_MODELS, Model
from heed_scoring.printed import PROBABILITY_DIGITS, Factor, probability

BANDS = ((750_000, "critical"), (500_000, "high"), (250_000, "elevated"), (0, "low"))
CERTAIN = 1e-9
"""No history makes leaving or staying certain; log-odds need a little room."""


class Risk(NamedTuple):
    """As printed, and in millionths; the factors add up to the probability exactly."""

    millionths: int
    probability: str
    band: str
    reason: str
    base: int
    parts: tuple[int, int]
    """What the purchase pattern, then complaints and satisfaction come to, in millionths."""
    complaint: ComplaintFeature | None
    """The one that weighs most."""


def risk(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> list[Risk]:
    """The risk of each customer to buy nothing within the horizon."""
    module = PURCHASE_MODELS[model.algorithm]
    base = module.probability_no_purchase(model.purchase, HORIZON_DAYS / 7, x, tx, age)
    base = np.clip(base, CERTAIN, 1 - CERTAIN)
    weights, heaviest = _heaviest_complaints(customers)
    satisfaction = [np.nan if customer.satisfaction is None else customer.satisfaction for customer in customers]
    log_odds = np.stack([weights, churn.satisfaction_contribution(satisfaction)], axis=1)
    untouched = (weights == 0) & (log_odds[:, 1] == 0)
    moved = np.where(untouched, base, churn.combine(base, log_odds))
    printed = round_contributions_units(base, moved, churn.attribute(base, log_odds), digits=PROBABILITY_DIGITS)
    columns = (printed.total.tolist(), printed.baseline.tolist(), printed.parts.tolist())
    return [_risk(*row) for row in zip(customers, heaviest, *columns, strict=True)]


def _heaviest_complaints(customers: Sequence[Features]) -> tuple[Floats, list[ComplaintFeature | None]]:
    """Of several complaints the largest weight counts: a maximum has no order and cannot fall when one is opened."""
    owned = [(row, complaint) for row, customer in enumerate(customers) for complaint in customer.complaints]
    places = [
        (churn.SEVERITIES.index(complaint.severity), churn.STATES.index(complaint.ladder)) for _, complaint in owned
    ]
    days = [np.nan if complaint.days_since_end is None else complaint.days_since_end for _, complaint in owned]
    table = churn.complaint_weights()
    decayed = churn.decayed([table[place] for place in places], days).tolist()
    weights = [0.0] * len(customers)
    heaviest: list[ComplaintFeature | None] = [None] * len(customers)
    for (row, complaint), weight in zip(owned, decayed, strict=True):
        if weight > weights[row] or heaviest[row] is None:
            weights[row], heaviest[row] = weight, complaint
    return np.array(weights), heaviest


def _risk(
    customer: Features, complaint: ComplaintFeature | None, total: int, base: int, parts: tuple[int, int]
) -> Risk:
    by_complaint, by_satisfaction = parts
    # What would make the customer leave: how complaints and wishes are handled, where that raises the risk.
    complained = complaint is not None and by_complaint > 0
    dissatisfied = customer.satisfaction is not None and by_satisfaction > 0
    band = next(band for least, band in BANDS if total >= least)
    reason = "service" if complained or dissatisfied else "unknown"
    return Risk(total, probability(total), band, reason, base, parts, complaint)


def factors(customer: Features, risk: Risk) -> list[Factor]:
    """What moves the risk: the purchase pattern, and what is known of complaints and satisfaction."""
    by_complaint, by_satisfaction = risk.parts
    complaint, evidence = risk.complaint, customer.purchase_evidence
    found = [Factor("churn_risk", "purchase_pattern", _pattern(customer), probability(risk.base), evidence)]
    if complaint is not None:
        seen = (complaint.severity, complaint.ladder, complaint.opened)
        name = "open_complaint" if complaint.days_since_end is None else "complaint"
        found.append(Factor("churn_risk", name, seen, probability(by_complaint), (complaint.evidence,)))
    if customer.satisfaction is not None:
        level, evidence = (f"{customer.satisfaction:.2f}",), customer.satisfaction_evidence
        found.append(Factor("churn_risk", "satisfaction", level, probability(by_satisfaction), evidence))
    return found


def _pattern(customer: Features) -> tuple[str, str]:
    """Purchase days, and how many days ago the last of them was."""
    return str(customer.purchase_days), str(customer.age - customer.first_to_last)
