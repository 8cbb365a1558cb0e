"""Survival analysis: time until an event, with the observations for which it is still pending (censored)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class Survival(NamedTuple):
    """The share without the event after each event time; all (k,), times ascending."""

    times: Floats
    waiting: Floats
    at_risk: Integers
    observed: Integers


class Quantile(NamedTuple):
    """A time and its interval; empty where the curve does not come down so far."""

    time: float | None
    low: float | None
    high: float | None


def kaplan_meier(durations: ArrayLike, observed: ArrayLike) -> Survival:
    """Return the product-limit estimate of the share that still waits, as a step function of time.

    Shapes: (n,) each. `durations` in any unit, at least 0; `observed` is false where the observation ended
    before the event (censored); it counts as at risk at that time.
    Errors: `InvalidInput` for a negative or missing duration or different lengths. Source: Kaplan & Meier 1958.
    """
    duration, event = as_floats(durations), np.asarray(observed, dtype=bool)
    if duration.shape != event.shape or not (duration >= 0).all():
        raise InvalidInput("Needed: a duration of at least 0 and whether it observed, for each.")
    order = np.argsort(duration, kind="stable")
    times, first = np.unique(duration[order], return_index=True)
    events = np.add.reduceat(event[order].astype(np.int64), first) if times.size else np.zeros(0, dtype=np.int64)
    steps = events > 0
    at_risk = (duration.size - first)[steps].astype(np.int64)
    waiting = as_floats(np.cumprod(1 - events[steps] / at_risk))
    return Survival(times[steps], waiting, at_risk, events[steps])


def quantile(curve: Survival, share: float, *, level: float = 0.95) -> Quantile:
    """Return the time by which the event has happened to `share` of all, in the unit of the durations, with interval.

    The interval holds the times at which a waiting share of ``1 − share`` lies within the pointwise interval of the
    curve, on the scale log(−log S) with Greenwood's variance.
    Errors: `InvalidInput` unless 0 < share < 1 and 0 < level < 1.
    Source: Brookmeyer & Crowley 1982; Greenwood 1926; Kalbfleisch & Prentice 1980 for the scale.
    """
    if not (0 < share < 1 and 0 < level < 1):
        raise InvalidInput("A share and a level lie between 0 and 1.")
    low, high = _bounds(curve, float(ndtri(0.5 + level / 2)))
    # A product of shares that should be exactly one half may be a little more.
    left = 1 - share + 1e-12
    return Quantile(*(_first_time(curve.times, bound <= left) for bound in (curve.waiting, low, high)))


def _bounds(curve: Survival, z: float) -> tuple[Floats, Floats]:
    """Return the pointwise interval of the curve; 0 where none are left at risk."""
    left = curve.at_risk > curve.observed
    risk, observed, share = (
        column[left].astype(np.float64) for column in (curve.at_risk, curve.observed, curve.waiting)
    )
    spread = np.sqrt(np.cumsum(observed / (risk * (risk - observed))))
    reach = z * spread / np.abs(np.log(share))
    low, high = np.zeros(len(left)), np.zeros(len(left))
    low[left], high[left] = share ** np.exp(reach), share ** np.exp(-reach)
    return low, high


def _first_time(times: Floats, reached: np.typing.NDArray[np.bool_]) -> float | None:
    return float(times[reached.argmax()]) if reached.any() else None
