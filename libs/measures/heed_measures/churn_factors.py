"""Initial log-odds of the lesser churn factors, until a company's own outcomes replace them.

Each is 0 where the input is missing and monotone, so that no piece of good news ever raises the risk. None has a
published source (†): each is set well below an unresolved complaint, because the evidence for it is weaker.
"""

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.deterministic_math import log

SATISFACTION_FALL_WEIGHT = 0.8
ATTITUDE_WEIGHT = 0.6
NEUTRAL_ATTITUDE = 60.0
RETURNS_WEIGHT = 0.8
GAP_DOUBLING_WEIGHT = 0.25
MAX_RHYTHM = 0.5
HAND_OVER_WEIGHT = 0.15
MAX_HAND_OVERS = 3
BARRIERS_WEIGHT = 0.6


def satisfaction_trend(change: ArrayLike) -> Floats:
    """Return the log-odds of falling satisfaction: −0.8 × change, change from −1 to 0 on the scale 0–1 of satisfaction.

    The change is that from the best answer to the last one. A rise counts as 0: it shows in satisfaction itself, and a
    customer who was dissatisfied once is no safer than one who never was.
    Any shape; nan (fewer than two answers) gives 0. Errors: none. Source: †.
    """
    return _zero_where_unknown(-SATISFACTION_FALL_WEIGHT * np.clip(as_floats(change), -1.0, 0.0))


def attitude(index: ArrayLike) -> Floats:
    """Return the log-odds of attitude, which lowers the risk: 0.6 × (60 − index)/100, index 0–100.

    Any shape; nan gives 0. Errors: none. Source: †.
    """
    return _zero_where_unknown(ATTITUDE_WEIGHT * (NEUTRAL_ATTITUDE - np.clip(as_floats(index), 0.0, 100.0)) / 100.0)


def returns(share: ArrayLike) -> Floats:
    """Return the log-odds of returns: 0.8 × the share of units returned, 0–1.

    Any shape; nan gives 0. Errors: none. Source: †.
    """
    return _zero_where_unknown(RETURNS_WEIGHT * np.clip(as_floats(share), 0.0, 1.0))


def rhythm(gap_ratio: ArrayLike, *, broken_from: float = 2.0) -> Floats:
    """Return the log-odds of a broken rhythm: 0.25 for each doubling beyond `broken_from` intervals, at most 0.5.

    Any shape; ratio as from `rhythm.gap_ratio`; nan or an unbroken rhythm gives 0. Small, because the purchase model
    already counts the silence. Errors: none. Source: †.
    """
    ratio = as_floats(gap_ratio)
    beyond = np.maximum(np.where(np.isnan(ratio), 0.0, ratio) / broken_from, 1.0)
    return np.minimum(GAP_DOUBLING_WEIGHT * log(beyond) / float(np.log(2)), MAX_RHYTHM)


def hand_overs(count: ArrayLike) -> Floats:
    """Return the log-odds of changes of the account manager: 0.15 each, three at most.

    Any shape; nan gives 0. Errors: none. Source: †.
    """
    return _zero_where_unknown(HAND_OVER_WEIGHT * np.clip(as_floats(count), 0.0, MAX_HAND_OVERS))


def barriers(strength: ArrayLike) -> Floats:
    """Return the log-odds of switching barriers, which lower the risk: −0.6 × strength, 0 (none) to 1 (captive).

    Any shape; nan gives 0. Errors: none. Source: †; barriers hold customers, not their attitude (Dick & Basu 1994).
    """
    return _zero_where_unknown(-BARRIERS_WEIGHT * np.clip(as_floats(strength), 0.0, 1.0))


def _zero_where_unknown(contribution: Floats) -> Floats:
    return np.where(np.isnan(contribution), 0.0, contribution + 0.0)
