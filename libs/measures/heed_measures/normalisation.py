"""Normalisation of indicators: the efficacy coefficient, and the index against a reference."""

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats
from heed_measures.errors import InvalidInput


def efficacy(x: ArrayLike, *, x_no: ArrayLike, x_sat: ArrayLike) -> Floats:
    """Return an indicator on 0–100: ``60 + 40·(x − x_no)/(x_sat − x_no)``, clamped.

    60 is the least acceptable, 100 fully satisfying; with x_sat < x_no smaller is better. Shapes broadcast; nan stays.
    Errors: `InvalidInput` when x_no = x_sat or they are not finite. Source: † (功效系数法).
    """
    least, best = as_floats(x_no), as_floats(x_sat)
    span = best - least
    if not np.isfinite(span).all() or (span == 0).any():
        raise InvalidInput("The unacceptable and the satisfying value must differ.")
    points = np.asarray((as_floats(x) - least) * (40 / span), dtype=np.float64)
    points += 60
    return np.clip(points, 0.0, 100.0)


def index(x: ArrayLike, *, reference: ArrayLike) -> Floats:
    """Return an indicator as per cent of its reference: ``100·x/x_ref``.

    Shapes broadcast; nan stays nan. Errors: `InvalidInput` when a reference is 0 or not finite. Source: index numbers.
    """
    level = as_floats(reference)
    if not np.isfinite(level).all() or (level == 0).any():
        raise InvalidInput("A reference must be finite and not 0.")
    return 100 * as_floats(x) / level
