"""Churn risk: the probability of the purchase pattern, shifted in log-odds by complaints, answers and the rest."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from heed_measures import churn, churn_classifier, churn_factors, rhythm
from heed_measures.arrays import Floats, as_floats
from heed_measures.beta_geometric import MBG_NBD, BGParameters
from heed_measures.rounding import round_contributions_fixed_point, to_fixed_point
from heed_scoring.engine.churn import reasons
from heed_scoring.engine.churn.complaints import (
    ComplaintScenario,
    ComplaintWeights,
    complaint_weights,
    scenario_weights,
)
from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, probability
from heed_scoring.engine.features.features import ComplaintFeature, Features
from heed_scoring.engine.model import HORIZON_DAYS, PURCHASE_MODELS, Calibrated, Model

BANDS = ((750_000, "critical"), (500_000, "high"), (250_000, "elevated"), (0, "low"))
FACTORS = (
    "complaint", "satisfaction", "satisfaction_trend", "attitude", "returns", "rhythm", "hand_overs", "barriers",
)  # fmt: skip
"""Factors that shift the risk away from the purchase pattern, in the order of `Risk.parts`."""
NAN = np.nan
PROBABILITY_EPSILON = 1e-9
"""No history makes leaving or staying certain; log-odds must be finite."""


class Risk(NamedTuple):
    """Churn risk as printed text, and in millionths; base and parts add up to the probability exactly."""

    millionths: int
    probability: str
    band: str
    reason: str
    motives: tuple[str, ...]
    barriers: tuple[str, ...]
    base: int
    parts: tuple[int, ...]
    """Contribution of each of `FACTORS`, in millionths."""
    complaint: ComplaintFeature | None
    """The complaint with the largest weight."""
    scenarios: tuple[ComplaintScenario, ...]
    """One for each open complaint."""


def risk(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> list[Risk]:
    """Return the risk of each customer to buy nothing within the horizon."""
    base, weighed = base_risk(customers, model, x, tx, age), complaint_weights(customers)
    moves = factor_log_odds(customers, weighed, x, tx, age)
    printed = round_contributions_fixed_point(
        base, adjusted_probability(base, moves), churn.attribute_probability(base, moves), digits=PROBABILITY_DIGITS
    )
    scenarios = _complaint_scenarios(base, moves, weighed)
    columns = (printed.total.tolist(), printed.baseline.tolist(), printed.parts.tolist())
    return [
        _risk(customer, complaint, tuple(scenarios.get(row, ())), *numbers)
        for row, (customer, complaint, *numbers) in enumerate(zip(customers, weighed.heaviest, *columns, strict=True))
    ]


def base_risk(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> Floats:
    """Return the probability of no purchase within the horizon, by the purchase pattern alone; time in weeks.

    From the calibrated classifier where the model has one, except for customers without purchases: training has none.
    """
    module = PURCHASE_MODELS[model.algorithm]
    base = module.probability_inactive(model.purchase, HORIZON_DAYS / 7, x, tx, age)
    if model.calibrated is not None:
        bought = np.array([customer.purchase_days > 0 for customer in customers])
        own_margin = np.array([customer.own_margin for customer in customers])
        base = np.where(bought, _calibrated_risk(model.calibrated, x, tx, age, own_margin), base)
    return as_floats(np.clip(base, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON))


def purchase_features(purchase: BGParameters, x: Floats, tx: Floats, age: Floats, own_margin: Floats) -> Floats:
    """Return the features of the classifier, the same in training and in scoring."""
    risk = MBG_NBD.probability_inactive(purchase, HORIZON_DAYS / 7, x, tx, age)
    return churn_classifier.purchase_features(risk, x, tx, age, own_margin)


def factor_log_odds(
    customers: Sequence[Features], weighed: ComplaintWeights, x: Floats, tx: Floats, age: Floats
) -> Floats:
    """Return the log-odds that each of `FACTORS` adds, (n, k); 0 where the input is missing."""
    answers = [customer.answers for customer in customers]
    trend, attitude, barrier = (
        np.array([NAN if answer is None else answer.level for answer in column])
        for column in (
            [survey.satisfaction_trend for survey in answers],
            [survey.attitude for survey in answers],
            [survey.barrier for survey in answers],
        )
    )
    regular = x >= rhythm.MIN_REPEATS
    columns = (
        np.array(weighed.largest),
        churn.satisfaction_contribution(
            [NAN if customer.satisfaction is None else customer.satisfaction for customer in customers]
        ),
        churn_factors.satisfaction_trend(trend),
        churn_factors.attitude(attitude * 100),
        churn_factors.returns([customer.returned_share for customer in customers]),
        churn_factors.rhythm(np.where(regular, rhythm.gap_ratio(x, tx, age), NAN), broken_from=rhythm.BROKEN_FROM),
        churn_factors.hand_overs([customer.hand_overs for customer in customers]),
        churn_factors.barriers(barrier),
    )
    return np.stack(columns, axis=1)


def adjusted_probability(base: Floats, moves: Floats) -> Floats:
    """Return the risk; the base as it is without any factor, because log-odds and back would differ in the last bit."""
    return np.where((moves == 0).all(axis=1), base, churn.log_odds_to_probability(base, moves))


def _calibrated_risk(calibrated: Calibrated, x: Floats, tx: Floats, age: Floats, own_margin: Floats) -> Floats:
    seen = purchase_features(calibrated.purchase, x, tx, age, own_margin)
    return churn_classifier.probability(calibrated.classifier, seen)


def _complaint_scenarios(base: Floats, moves: Floats, weighed: ComplaintWeights) -> dict[int, list[ComplaintScenario]]:
    """Return by row the risk if one open complaint ended otherwise, everything else unchanged."""
    other = scenario_weights(weighed)
    if other is None:
        return {}
    rows = [row for row, _ in other.complaints]
    shifted = moves[rows]
    risks = []
    for weights in (other.quickly, other.unresolved):
        shifted[:, FACTORS.index("complaint")] = weights
        risks.append(to_fixed_point(adjusted_probability(base[rows], shifted), digits=PROBABILITY_DIGITS).tolist())
    found: dict[int, list[ComplaintScenario]] = {}
    for (row, complaint), quickly, unresolved in zip(other.complaints, *risks, strict=True):
        found.setdefault(row, []).append(ComplaintScenario(complaint.complaint_id, quickly, unresolved))
    return found


def _band(millionths: int) -> str:
    for least, band in BANDS:
        if millionths >= least:
            return band
    return BANDS[-1][1]


def _risk(
    customer: Features,
    complaint: ComplaintFeature | None,
    scenarios: tuple[ComplaintScenario, ...],
    total: int,
    base: int,
    parts: Sequence[int],
) -> Risk:
    return Risk(
        total,
        probability(total),
        _band(total),
        reasons.reason(customer, FACTORS, parts, complaint),
        reasons.motives(customer),
        reasons.barriers(customer),
        base,
        tuple(parts),
        complaint,
        scenarios,
    )
