"""Minimisation of a smooth function of a few variables by limited-memory BFGS.

Not scipy's: its L-BFGS-B calls LAPACK on matrices of a few rows, and OpenBLAS wakes a thread on every core for each of
them. A fit of 200 customers then took 60 to 120 ms of processor time instead of 10.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from heed_measures.arrays import Floats

Objective = Callable[[Floats], tuple[float, Floats]]

MEMORY_SIZE = 20
MAX_ITERATIONS = 1000
MAX_LINE_SEARCH_STEPS = 40
GRADIENT_TOLERANCE = 1e-8
RELAXED_GRADIENT_TOLERANCE = 1e-6
ROUNDING_ERROR = 1e-8
"""Relative error of a value, with room: log-gammas of large arguments cancel to a small rest."""
ARMIJO, WOLFE = 1e-4, 0.9
MAX_STEP = 4.0


class MinimizeResult(NamedTuple):
    """The end of the search (k,), its number of iterations, and whether it is a minimum."""

    x: Floats
    iterations: int
    converged: bool


class _Point(NamedTuple):
    x: Floats
    value: float
    gradient: Floats


def minimize_lbfgs(objective: Objective, start: Floats, *, max_distance: float) -> MinimizeResult:
    """Minimise `objective` from `start` (k,); `objective` returns the value and its gradient (k,).

    A search that gets `max_distance` away in any variable stops: not converged. Errors: none.
    Source: Nocedal 1980; Nocedal & Wright 2006, algorithm 7.4; step lengths by bisection, Lewis & Overton 2013; near
    the minimum, where rounding hides differences of value, by slope: Hager & Zhang 2005, eq. 4.1.
    """
    here = _Point(start, *objective(start))
    steps: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY_SIZE)
    for iteration in range(MAX_ITERATIONS):
        steepness = float(np.max(np.abs(here.gradient)))
        if steepness < GRADIENT_TOLERANCE:
            return MinimizeResult(here.x, iteration, converged=True)
        ahead = _line_search(objective, here, _two_loop_direction(here.gradient, steps), max_distance=max_distance)
        if ahead is None:
            return MinimizeResult(here.x, iteration, converged=steepness < RELAXED_GRADIENT_TOLERANCE)
        if float(np.max(np.abs(ahead.x - start))) > max_distance:
            return MinimizeResult(ahead.x, iteration + 1, converged=False)
        _update_memory(steps, ahead.x - here.x, ahead.gradient - here.gradient)
        here = ahead
    return MinimizeResult(here.x, MAX_ITERATIONS, converged=False)


def _update_memory(steps: deque[tuple[Floats, Floats]], moved: Floats, turned: Floats) -> None:
    # Where rounding hides the curvature the step carries no information.
    if float(moved @ turned) > 0:
        steps.append((moved, turned))


def _two_loop_direction(gradient: Floats, steps: deque[tuple[Floats, Floats]]) -> Floats:
    """Return the quasi-Newton direction, with the curvature estimated from the last steps."""
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
    return direction * min(1.0, MAX_STEP / longest)


def _line_search(objective: Objective, here: _Point, direction: Floats, *, max_distance: float) -> _Point | None:
    """Return a point that satisfies the Wolfe conditions; None where rounding hides any progress."""
    slope, noise = float(here.gradient @ direction), ROUNDING_ERROR * abs(here.value)
    longest = max_distance / float(np.max(np.abs(direction)))
    length, short, long = 1.0, 0.0, longest
    for _ in range(MAX_LINE_SEARCH_STEPS):
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
