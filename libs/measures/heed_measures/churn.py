"""Churn risk: the purchase model's probability, shifted in log-odds by complaints, satisfaction and other factors.

Log-odds add, so the effect of each factor on the probability has a closed form that does not depend on their order.
Everything on a row is element-wise: a customer scored alone has the same bits as the same customer among a million.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel, logit

from heed_measures.arrays import Floats, as_floats, blocks
from heed_measures.deterministic_math import exp, power

SEVERITIES = ("minor", "major", "critical")
STATES = ("resolved_quickly", "resolved", "open", "breached", "unresolved", "silent")
HALF_LIFE_DAYS = 180.0

TARP_REPURCHASE_RATES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "minor": {"resolved_quickly": 0.95, "resolved": 0.70, "unresolved": 0.46, "silent": 0.37},
        "major": {"resolved_quickly": 0.82, "resolved": 0.54, "unresolved": 0.19, "silent": 0.09},
    }
)
BASELINE_REPURCHASE_RATE = 0.95
CRITICAL_FACTOR = 1.25

COMPLETE_SATISFACTION_ODDS_RATIO = 6.0
NEUTRAL_SATISFACTION = 0.75
SATISFACTION_EXPONENT = 4.0

MAX_LOG_ODDS = 700.0


def complaint_weights() -> Floats:
    """Return the log-odds of leaving that one complaint adds, (3, 6): rows `SEVERITIES`, columns `STATES`.

    ``½·(logit .95 − logit p)`` with p the repurchase level of the state; open and breached lie ½ and ¾ of the way from
    resolved to unresolved; critical is 1.25 × major. "silent" is a dissatisfied customer who does not complain.
    Errors: none. Source: levels from TARP, National Consumer Survey; the formula, the halving and 1.25 †.
    """
    major = _weights_of("major")
    return np.array([_weights_of("minor"), major, [CRITICAL_FACTOR * weight for weight in major]])


def _weights_of(severity: str) -> list[float]:
    level = {
        state: 0.5 * float(logit(BASELINE_REPURCHASE_RATE) - logit(repurchase))
        for state, repurchase in TARP_REPURCHASE_RATES[severity].items()
    }
    span = level["unresolved"] - level["resolved"]
    level["open"] = level["resolved"] + span / 2
    level["breached"] = level["resolved"] + span * 3 / 4
    return [level[state] for state in STATES]


def decay_weight(weight: ArrayLike, days_since_end: ArrayLike, *, half_life: float = HALF_LIFE_DAYS) -> Floats:
    """Return the weight of a complaint some days after it was completed or closed; nan days: not ended, full weight.

    Shapes broadcast; days; negative days count as 0. Errors: none. Source: †.
    """
    days = as_floats(days_since_end)
    ended = np.where(np.isnan(days), 0.0, np.maximum(days, 0.0))
    return as_floats(weight) * power(2.0, -ended / half_life)


def satisfaction_contribution(satisfaction: ArrayLike) -> Floats:
    """Return the log-odds of leaving by satisfaction: flat while dissatisfied, steep only near complete satisfaction.

    Any shape; satisfaction 0 (worst) to 1 (complete), clamped; nan (unknown) gives 0, as does "satisfied" (4 of 5).
    ``c·(.75⁴ − s⁴)``, c such that complete satisfaction divides the odds by √6: half of log 6, for the reason that
    halves complaint weights. Errors: none.
    Source: †; after Jones & Sasser 1995 (HBR 73(6)): the completely satisfied were six times likelier to buy again.
    """
    level = np.clip(as_floats(satisfaction), 0.0, 1.0)
    reference = NEUTRAL_SATISFACTION**SATISFACTION_EXPONENT
    scale = 0.5 * float(np.log(COMPLETE_SATISFACTION_ODDS_RATIO)) / (1 - reference)
    squared = level * level
    return np.where(np.isnan(level), 0.0, scale * (reference - squared * squared))


class AttributedChurn(NamedTuple):
    """The churn risk (n,), and its distance from the base attributed to each factor (n, k), in probability."""

    risk: Floats
    shares: Floats


def churn_with_attribution(base_probability: ArrayLike, contributions: ArrayLike) -> AttributedChurn:
    """`combine` and `attribute` at once, for a third less time; the same bits.

    Shapes: base (n,), contributions (n, k) in log-odds, cheapest when each column lies together in memory, as in
    ``np.array([first, second]).T``. Errors: none. Source: as theirs.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    risk, shares = np.empty(len(parts)), np.empty_like(parts)
    for rows in blocks(len(parts)):
        shift = _shift(base[rows], _sum_columns(parts[rows]))
        risk[rows] = _shifted_probability(shift)
        _attribute(parts[rows], shift, shares[rows])
    return AttributedChurn(risk, shares)


def log_odds_to_probability(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """Return the churn risk: log-odds of the base plus the sum of the contributions, as a probability (n,).

    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none. Source: logistic model; the weights †.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    risk = np.empty(len(parts))
    for rows in blocks(len(parts)):
        risk[rows] = _shifted_probability(_shift(base[rows], _sum_columns(parts[rows])))
    return risk


def attribute_probability(base_probability: ArrayLike, contributions: ArrayLike) -> Floats:
    """Return the part of the shift from the base probability to the risk due to each factor, (n, k) in probability.

    ``c_i·(p − p0)/Σc``, and its limit ``c_i·p0·(1 − p0)`` where Σc → 0; rows add up to p − p0.
    Shapes: base (n,), contributions (n, k) in log-odds. Errors: none.
    Source: Aumann & Shapley 1974 along the straight path, closed form because log-odds add.
    """
    base, parts = as_floats(base_probability), as_floats(contributions)
    shares = np.empty_like(parts)
    for rows in blocks(len(parts)):
        _attribute(parts[rows], _shift(base[rows], _sum_columns(parts[rows])), shares[rows])
    return shares


def _sum_columns(parts: Floats) -> Floats:
    # Added one by one: a sum over an axis is split differently for one row and for many, and differs in its last bit.
    total = np.zeros(parts.shape[0])
    for column in range(parts.shape[1]):
        total += parts[:, column]
    return total


class LogOddsShift(NamedTuple):
    """A shift from p0 by Σc in log-odds: ``f = e^−|Σc|`` and ``s + (1 − s)·f``, s = p0 for a rise, 1 − p0 for a fall.

    A rise from p0 is a fall from 1 − p0, so that only a falling exponential is needed, which cannot overflow.
    """

    base: Floats
    total: Floats
    fallen: Floats
    remaining: Floats


def _shift(base: Floats, total: Floats) -> LogOddsShift:
    fallen = exp(-np.minimum(np.abs(total), MAX_LOG_ODDS))
    start = np.abs(base - (total < 0))
    return LogOddsShift(base, total, fallen, start + (1 - start) * fallen)


def _shifted_probability(shift: LogOddsShift) -> Floats:
    return as_floats(shift.base * np.maximum(shift.fallen, shift.total >= 0) / shift.remaining)


def _attribute(parts: Floats, shift: LogOddsShift, shares: Floats) -> None:
    # (p − p0)/Σc without subtracting nearly equal numbers.
    slope = shift.base * (1 - shift.base) * exprel(-np.abs(shift.total)) / shift.remaining
    for column in range(parts.shape[1]):
        np.multiply(parts[:, column], slope, out=shares[:, column])
