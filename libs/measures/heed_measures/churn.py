"""Churn risk: the purchase model's probability, moved in log-odds by complaints, satisfaction and other factors.

Log-odds add, so the effect of each factor on the probability has a closed form that does not depend on their order.
Everything on a row is element-wise: a customer scored alone has the same bits as the same customer among a million.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel, logit

from heed_measures.arrays import Floats, as_floats, blocks
from heed_measures.deterministic_math import exp, power
from heed_measures.errors import InvalidInput

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

FARTHEST = 700.0


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


class Explained(NamedTuple):
    """The churn risk (n,), and how much of its distance from the base each factor caused (n, k), in probability."""

    risk: Floats
    shares: Floats


def explained(base_probability: ArrayLike, contributions: ArrayLike) -> Explained:
    """`combine` and `attribute` at once, for a third less time; the same bits.

    Shapes: base (n,), contributions (n, k) in log-odds, cheapest when each column lies together in memory, as in
    ``np.array([first, second]).T``. Errors: none. Source: as theirs.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    risk, shares = np.empty(len(parts)), np.empty_like(parts)
    for rows in blocks(len(parts)):
        move = _move(base[rows], _sum_of_columns(parts[rows]))
        risk[rows] = _end(move)
        _share(parts[rows], move, shares[rows])
    return Explained(risk, shares)


def combine(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """The churn risk: log-odds of the base plus the sum of the contributions, as a probability (n,).

    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none. Source: logistic model; the weights †.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    risk = np.empty(len(parts))
    for rows in blocks(len(parts)):
        risk[rows] = _end(_move(base[rows], _sum_of_columns(parts[rows])))
    return risk


def attribute(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """How much of the move from the base probability to the risk each factor caused, (n, k) in probability.

    ``c_i·(p − p0)/Σc``, and its limit ``c_i·p0·(1 − p0)`` where Σc → 0; rows add up to p − p0.
    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none.
    Source: Aumann & Shapley 1974 along the straight path, closed form because log-odds add.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    shares = np.empty_like(parts)
    for rows in blocks(len(parts)):
        _share(parts[rows], _move(base[rows], _sum_of_columns(parts[rows])), shares[rows])
    return shares


def _sum_of_columns(parts: Floats) -> Floats:
    # Added one by one: a sum over an axis is split differently for one row and for many, and differs in its last bit.
    total = np.zeros(parts.shape[0])
    for column in range(parts.shape[1]):
        total += parts[:, column]
    return total


class _Move(NamedTuple):
    """From p0 by Σc in log-odds: ``f = e^−|Σc|`` and ``s + (1 − s)·f``, s = p0 for a rise and 1 − p0 for a fall.

    A rise from p0 is a fall from 1 − p0, so that only a falling exponential is needed, which cannot overflow.
    """

    base: Floats
    total: Floats
    fallen: Floats
    remaining: Floats


def _move(base: Floats, total: Floats) -> _Move:
    fallen = exp(-np.minimum(np.abs(total), FARTHEST))
    start = np.abs(base - (total < 0))
    return _Move(base, total, fallen, start + (1 - start) * fallen)


def _end(move: _Move) -> Floats:
    return as_floats(move.base * np.maximum(move.fallen, move.total >= 0) / move.remaining)


def _share(parts: Floats, move: _Move, shares: Floats) -> None:
    # (p − p0)/Σc without subtracting nearly equal numbers.
    slope = move.base * (1 - move.base) * exprel(-np.abs(move.total)) / move.remaining
    for column in range(parts.shape[1]):
        np.multiply(parts[:, column], slope, out=shares[:, column])
