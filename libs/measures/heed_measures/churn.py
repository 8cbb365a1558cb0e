"""Churn risk: the purchase model's probability, moved in log-odds by complaints, satisfaction and other factors.

Log-odds add, so the effect of each factor on the probability has a closed form that does not depend on their order.
Everything on a row is element-wise: a customer scored alone has the same bits as the same customer among a million.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from heed_measures.arrays import Floats, as_floats, blocks
from heed_measures.errors import InvalidInput
from heed_measures.portable import exp, power

SEVERITIES = ("minor", "major", "critical")
STATES = ("resolved_quickly", "resolved", "open", "breached", "unresolved", "silent")
HALF_LIFE_DAYS = 180.0

REPURCHASE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "minor": {"resolved_quickly": 0.95, "resolved": 0.70, "unresolved": 0.46, "silent": 0.37},
        "major": {"resolved_quickly": 0.82, "resolved": 0.54, "unresolved": 0.19, "silent": 0.09},
    }
)
NO_KNOWN_PROBLEM = 0.95
CRITICAL = 1.25

ODDS_OF_COMPLETE_SATISFACTION = 6.0
MERELY_SATISFIED = 0.75
STEEPNESS = 4.0


def complaint_weights() -> Floats:
    """Log-odds of leaving that one complaint adds, (3, 6): rows `SEVERITIES`, columns `STATES`.

    ``½·(logit .95 − logit p)`` with p the repurchase level of the state; open and breached lie ½ and ¾ of the way from
    resolved to unresolved; critical is 1.25 × major. "silent" is a dissatisfied customer who does not complain.
    Errors: none. Source: levels from TARP, National Consumer Survey; the formula, the halving and 1.25 †.
    """
    major = _weights_of("major")
    return np.array([_weights_of("minor"), major, [CRITICAL * weight for weight in major]])


def _weights_of(severity: str) -> list[float]:
    level = {
        state: 0.5 * float(logit(NO_KNOWN_PROBLEM) - logit(repurchase))
        for state, repurchase in REPURCHASE[severity].items()
    }
    span = level["unresolved"] - level["resolved"]
    level["open"] = level["resolved"] + span / 2
    level["breached"] = level["resolved"] + span * 3 / 4
    return [level[state] for state in STATES]


def decayed(weight: ArrayLike, days_since_end: ArrayLike, *, half_life: float = HALF_LIFE_DAYS) -> Floats:
    """The weight of a complaint some days after it was completed or closed; nan days: not ended, full weight.

    Shapes broadcast; days; negative days count as 0. Errors: none. Source: †.
    """
    days = as_floats(days_since_end)
    ended = np.where(np.isnan(days), 0.0, np.maximum(days, 0.0))
    return as_floats(weight) * power(2.0, -ended / half_life)


def largest_weight(weights: ArrayLike, owner: ArrayLike, customers: int) -> Floats:
    """For each customer the largest weight of their complaints, 0 without any: in whatever order they come.

    Shapes: weights and owner (m,), owner the row of the customer, 0 ≤ owner < customers; result (customers,).
    Errors: `InvalidInput` for an owner outside. Source: a maximum keeps the risk monotone †.
    """
    rows: NDArray[np.int64] = np.asarray(owner, dtype=np.int64)
    if rows.size and (rows.min() < 0 or rows.max() >= customers):
        raise InvalidInput("A complaint belongs to no customer of the batch.")
    largest = np.zeros(customers)
    np.maximum.at(largest, rows, as_floats(weights))
    return largest


def satisfaction_contribution(satisfaction: ArrayLike) -> Floats:
    """Log-odds of leaving from satisfaction: flat while dissatisfied, falling steeply only near complete satisfaction.

    Any shape; satisfaction 0 (worst) to 1 (complete), clamped; nan (unknown) gives 0, as does "satisfied" (4 of 5).
    ``c·(.75⁴ − s⁴)``, c such that complete satisfaction divides the odds by √6: half of log 6, for the reason that
    halves complaint weights. Errors: none.
    Source: †; after Jones & Sasser 1995 (HBR 73(6)): the completely satisfied were six times likelier to buy again.
    """
    known = np.clip(as_floats(satisfaction), 0.0, 1.0)
    reference = MERELY_SATISFIED**STEEPNESS
    scale = 0.5 * float(np.log(ODDS_OF_COMPLETE_SATISFACTION)) / (1 - reference)
    squared = known * known
    return np.where(np.isnan(known), 0.0, scale * (reference - squared * squared))


def combine(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """The churn risk: log-odds of the base plus the sum of the contributions, as a probability (n,).

    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none. Source: logistic model; the weights †.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    risk = np.empty(len(parts))
    for rows in blocks(len(parts)):
        risk[rows] = expit(logit(base[rows]) + _sum_of_columns(parts[rows]))
    return risk


def attribute(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """How much of the move from the base probability to the risk each factor caused, (n, k) in probability.

    ``c_i·(p − p0)/Σc``, and its limit ``c_i·p0·(1 − p0)`` where Σc → 0; rows add up to p − p0.
    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none.
    Source: Aumann & Shapley 1974 along the straight path, closed form because log-odds add.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    shares = np.empty(parts.shape)
    for rows in blocks(len(parts)):
        slope = _mean_slope(base[rows], _sum_of_columns(parts[rows]))
        np.multiply(parts[rows], slope[:, np.newaxis], out=shares[rows])
    return shares


def _sum_of_columns(parts: Floats) -> Floats:
    # Added one by one: a sum over an axis is split differently for one row and for many, and differs in its last bit.
    total = np.zeros(parts.shape[0])
    for column in range(parts.shape[1]):
        total = total + parts[:, column]
    return total


def _mean_slope(base: Floats, total: Floats) -> Floats:
    # (p − p0)/Σc without subtracting nearly equal numbers. Written for a falling exponential only, which cannot
    # overflow; a rise from p0 is a fall from 1 − p0.
    size = np.abs(total)
    fallen = exp(-size)
    lost = np.where(size < 1e-4, size * (1 - size / 2 * (1 - size / 3)), 1 - fallen)
    mean = np.where(size > 0, lost / np.where(size > 0, size, 1.0), 1.0)
    start, rest = np.where(total < 0, base, 1 - base), np.where(total < 0, 1 - base, base)
    return as_floats(base * (1 - base) * mean / (rest + start * fallen))
