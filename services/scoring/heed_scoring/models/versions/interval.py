"""Confidence intervals of a customer's risk and value, due to the uncertainty of the fitted parameters.

What a single customer does by chance is not in it, nor how sure the margin is. Reckoned for readers only: it costs
eight scorings, and no decision on incoming events needs it.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from heed_measures import residual_value, uncertainty
from heed_measures.arrays import Floats
from heed_measures.beta_geometric import BGParameters
from heed_measures.rounding import to_fixed_point
from heed_scoring.engine.churn.churn import adjusted_probability, base_risk, factor_log_odds
from heed_scoring.engine.churn.complaints import complaint_weights
from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, amount, probability
from heed_scoring.engine.model import PURCHASE_MODELS, Model
from heed_scoring.engine.score import Score, purchase_histories
from heed_scoring.engine.value.value import Value

LEVEL = 0.9


class Interval(NamedTuple):
    """Bounds as printed."""

    low: str
    high: str


class Intervals(NamedTuple):
    """Intervals of a score; None where there is none, with the reason by score."""

    risk: Interval | None = None
    value: Interval | None = None
    missing: tuple[tuple[str, str], ...] = ()


NOT_STORED = Intervals(missing=(("churn_risk", "history"), ("value", "history")))


def intervals(score: Score, model: Model) -> Intervals:
    """Return the intervals for one customer, under the model of the score."""
    if model.covariance is None:
        return Intervals(missing=(("churn_risk", "not_fitted"), ("value", "not_fitted")))
    covariance, missing = np.array(model.covariance), []
    risk = value = None
    if model.calibrated is None:
        risk = _risk(score, model, covariance)
    else:
        missing.append(("churn_risk", "learned_from_outcomes"))
    if is_direct(score.value):
        value = _value(score, model, covariance)
    else:
        missing.append(("value", "not_from_purchases"))
    return Intervals(risk, value, tuple(missing))


def with_intervals(document: dict[str, Any], found: Intervals) -> dict[str, Any]:
    """Return the score document with its intervals."""
    risk = found.risk and {"low": float(found.risk.low), "high": float(found.risk.high), "level": LEVEL}
    value = found.value and {**found.value._asdict(), "level": LEVEL}
    return document | {
        "value": document["value"] | {"interval": value},
        "churn_risk": document["churn_risk"] | {"interval": risk},
        "coverage": document["coverage"] | {"no_interval": dict(found.missing)},
    }


def is_direct(value: Value) -> bool:
    """Return whether the potential value is a forecast of the purchase model."""
    _, _, potential = value.method.partition("/")
    return potential.startswith("direct")


def _risk(score: Score, model: Model, covariance: Floats) -> Interval:
    customers = [score.seen]
    x, tx, age = purchase_histories(customers)
    moves = factor_log_odds(customers, complaint_weights(customers), x, tx, age)

    def forecast(parameters: BGParameters) -> Floats:
        return adjusted_probability(base_risk(customers, replace(model, purchase=parameters), x, tx, age), moves)

    error = uncertainty.standard_error(forecast, model.purchase, covariance)
    found = uncertainty.probability_interval(forecast(model.purchase), error, level=LEVEL)
    low, high = (to_fixed_point(end, digits=PROBABILITY_DIGITS).tolist()[0] for end in (found.low, found.high))
    return Interval(probability(low), probability(high))


def _value(score: Score, model: Model, covariance: Floats) -> Interval:
    """Return the interval of the value: the current value is certain, the number of coming purchases is a forecast."""
    x, tx, age = purchase_histories([score.seen])
    module = PURCHASE_MODELS[model.algorithm]

    def forecast(parameters: BGParameters) -> Floats:
        return residual_value.discounted_purchases(module, parameters, x, tx, age)

    purchases = forecast(model.purchase)
    error = uncertainty.standard_error(forecast, model.purchase, covariance)
    found = uncertainty.amount_interval(purchases, error, level=LEVEL)
    digits, potential = score.value.digits, int(score.value.potential.replace(".", ""))
    current = int(score.value.current.replace(".", ""))
    ends = sorted(current + round(potential * float(end[0] / purchases[0])) for end in (found.low, found.high))
    return Interval(amount(ends[0], digits), amount(ends[1], digits))
