"""How long it takes until something happens, where it has not happened to all yet: whoever waits counts too."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from heed_measures.arrays import Floats, Integers, as_floats
from heed_measures.errors import InvalidInput


class Survival(NamedTuple):
    """The share that still waits after each time at which it happened to somebody; all (k,), times ascending."""

    times: Floats
    waiting: Floats
    at_risk: Integers
    happened: Integers


class Quantile(NamedTuple):
    """A time and its interval; empty where the curve does not come down so far."""

    time: float | None
    low: float | None
    high: float | None


def kaplan_meier(durations: ArrayLike, happened: ArrayLike) -> Survival:
    """The product-limit estimate of the share that still waits, as a step function of time.

    Shapes: (n,) each. `durations` in any unit, at least 0; `happened` false for whoever was watched so long and no
    longer (censored). Who is censored at a time counts as at risk at it.
    Errors: `InvalidInput` for a negative or missing duration or different lengths. Source: Kaplan & Meier 1958.
    """
    took, event = as_floats(durations), np.asarray(happened, dtype=bool)
    if took.shape != event.shape or not (took >= 0).all():
        raise InvalidInput("Needed: a duration of at least 0 and whether it happened, for each.")
    order = np.argsort(took, kind="stable")
    times, first = np.unique(took[order], return_index=True)
    events = np.add.reduceat(event[order].astype(np.int64), first) if times.size else np.zeros(0, dtype=np.int64)
    steps = events > 0
    at_risk = (took.size - first)[steps].astype(np.int64)
    waiting = as_floats(np.cumprod(1 - events[steps] / at_risk))
    return Survival(times[steps], waiting, at_risk, events[steps])


def quantile(curve: Survival, share: float, *, level: float = 0.95) -> Quantile:
    """The time by which it has happened to `share` of them, in the unit of the durations, with its interval.

    The interval holds the times at which a waiting share of ``1 − share`` lies within the pointwise interval of the
    curve, on the scale log(−log S) with Greenwood's variance.
    Errors: `InvalidInput` unless 0 < share < 1 and 0 < level < 1.
    Source: Brookmeyer & Crowley 1982; Greenwood 1926; Kalbfleisch & Prentice 1980 for the scale.
    """
    if not (0 < share < 1 and 0 < level < 1):
        raise InvalidInput("A share and a level lie between 0 and 1.")
    low, high = _bounds(curve, float(ndtri(0.5 + level / 2)))
    # A product of shares that ought to be exactly one half may be a little more.
    left = 1 - share + 1e-12
    return Quantile(*(_first(curve.times, bound <= left) for bound in (curve.waiting, low, high)))


def _bounds(curve: Survival, z: float) -> tuple[Floats, Floats]:
    """The pointwise interval of the curve; where it has come down to nothing there is none left to wait."""
    left = curve.at_risk > curve.happened
    risk, happened, share = (
        column[left].astype(np.float64) for column in (curve.at_risk, curve.happened, curve.waiting)
    )
    spread = np.sqrt(np.cumsum(happened / (risk * (risk - happened))))
    reach = z * spread / np.abs(np.log(share))
    low, high = np.zeros(len(left)), np.zeros(len(left))
    low[left], high[left] = share ** np.exp(reach), share ** np.exp(-reach)
    return low, high


def _first(times: Floats, reached: np.typing.NDArray[np.bool_]) -> float | None:
    return float(times[reached.argmax()]) if reached.any() else None
