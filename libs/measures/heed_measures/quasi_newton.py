"""The lowest point of a smooth function of a few variables, by limited-memory BFGS.

Not scipy's: its L-BFGS-B calls LAPACK on matrices of a few rows, and OpenBLAS wakes a thread on every core for each of
them. A fit of 200 customers then took 60 to 120 ms of processor time instead of 10.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from heed_measures.arrays import Floats

Objective = Callable[[Floats], tuple[float, Floats]]

MEMORY = 20
MOST_ITERATIONS = 1000
MOST_TRIALS = 40
FLAT = 1e-8
FLAT_ENOUGH = 1e-6
ROUNDING = 1e-8
"""Relative error of a value, with room: log-gammas of large arguments cancel to a small rest."""
ARMIJO, WOLFE = 1e-4, 0.9
LONGEST_STEP = 4.0


class Lowest(NamedTuple):
    """Where the search ended (k,), after how many steps, and whether that is the lowest point."""

    x: Floats
    iterations: int
    converged: bool


class _Point(NamedTuple):
    x: Floats
    value: float
    gradient: Floats


def lowest(objective: Objective, start: Floats, *, farthest: float) -> Lowest:
    """Searches downhill from `start` (k,); `objective` gives the value and its gradient (k,).

    A search that gets `farthest` away in any variable is given up: not converged. Errors: none.
    Source: Nocedal 1980; Nocedal & Wright 2006, algorithm 7.4; step lengths by bisection, Lewis & Overton 2013; near
    the lowest point, where rounding hides differences of value, by slope: Hager & Zhang 2005, eq. 4.1.
    """
    here = _Point(start, *objective(start))
    steps: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    for iteration in range(MOST_ITERATIONS):
        steepness = float(np.max(np.abs(here.gradient)))
        if steepness < FLAT:
            return Lowest(here.x, iteration, converged=True)
        ahead = _step(objective, here, _downhill(here.gradient, steps), farthest=farthest)
        if ahead is None:
            return Lowest(here.x, iteration, converged=steepness < FLAT_ENOUGH)
        if float(np.max(np.abs(ahead.x - start))) > farthest:
            return Lowest(ahead.x, iteration + 1, converged=False)
        _learn(steps, ahead.x - here.x, ahead.gradient - here.gradient)
        here = ahead
    return Lowest(here.x, MOST_ITERATIONS, converged=False)


def _learn(steps: deque[tuple[Floats, Floats]], moved: Floats, turned: Floats) -> None:
    # Where rounding hides the curvature nothing is to be learned from it.
    if float(moved @ turned) > 0:
        steps.append((moved, turned))


def _downhill(gradient: Floats, steps: deque[tuple[Floats, Floats]]) -> Floats:
    """The direction of Newton's method, the curvature being learned from the last steps."""
    direction, shares = -gradient, []
    for moved, turned in reversed(steps):
        share = float(moved @ direction) / float(moved @ turned)
        direction = direction - share * turned
        shares.append(share)
    if steps:
        moved, turned = steps[-1]
        direction = direction * (float(moved @ turned) / float(turned @ turned))
    for (moved, turned), share in zip(steps, reversed(shares), strict=True):
        direction = direction + moved * (share - float(turned @ direction) / float(moved @ turned))
    longest = float(np.max(np.abs(direction)))
    return direction * min(1.0, LONGEST_STEP / longest)


def _step(objective: Objective, here: _Point, direction: Floats, *, farthest: float) -> _Point | None:
    """A point ahead that is lower by enough and less steep; None where rounding hides any progress."""
    slope, noise = float(here.gradient @ direction), ROUNDING * abs(here.value)
    longest = farthest / float(np.max(np.abs(direction)))
    length, short, long = 1.0, 0.0, longest
    for _ in range(MOST_TRIALS):
        x = here.x + length * direction
        ahead = _Point(x, *objective(x))
        slope_ahead = float(ahead.gradient @ direction)
        is_lower = ahead.value <= here.value + ARMIJO * length * slope
        is_lower_by_slope = ahead.value <= here.value + noise and slope_ahead <= (2 * ARMIJO - 1) * slope
        # Written so that a value that is not a number counts as too far.
        if not (is_lower or is_lower_by_slope):
            long = length
        elif slope_ahead < WOLFE * slope and length < longest:
            short = length
        else:
            return ahead
        length = (short + long) / 2 if long < longest else min(2 * length, longest)
    return None
