"""Maximum likelihood in the logarithms of positive parameters, with a weak prior against runaways."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from heed_measures.arrays import Floats, as_floats
from heed_measures.quasi_newton import minimize_lbfgs

LogLikelihood = Callable[[Floats], tuple[float, Floats]]
MAX_LOG_DISTANCE = 12.0
STEP = 1e-4


class MaximumLikelihood(NamedTuple):
    """Parameters at the maximum (k,), the log-likelihood there without prior, and the outcome of the search."""

    parameters: Floats
    log_likelihood: float
    iterations: int
    converged: bool


def maximise(log_likelihood: LogLikelihood, centre: Floats, *, n: int, penalty: float) -> MaximumLikelihood:
    """Find the positive parameters of maximum likelihood.

    `log_likelihood` takes parameters (k,) and returns the value and its gradient in the *logarithms* of the parameters.
    `centre` (k,) is the start and the middle of the prior ``0.5·penalty·Σ(log p − log centre)²``; `n` the number of
    customers (it only scales the search). A search that ends at e^±12 times the centre has run away: not converged.
    Errors: none. Source: the prior †.
    """
    middle = np.log(centre)

    def objective(logs: Floats) -> tuple[float, Floats]:
        value, gradient = log_likelihood(np.exp(logs))
        away = logs - middle
        return (0.5 * penalty * float(np.sum(away**2)) - value) / n, (penalty * away - gradient) / n

    found = minimize_lbfgs(objective, middle, max_distance=MAX_LOG_DISTANCE)
    parameters = np.exp(found.x)
    return MaximumLikelihood(parameters, log_likelihood(parameters)[0], found.iterations, found.converged)


def covariance(log_likelihood: LogLikelihood, parameters: Floats, *, penalty: float) -> Floats:
    """Return the covariance (k, k) of the logarithms of parameters found by `maximise` with this penalty.

    The inverse of the curvature of the penalised log-likelihood. Errors: numpy's `LinAlgError` where it is flat (only
    possible without penalty). Source: Fisher information, numerical derivatives of the analytic gradient.
    """
    k, logs = len(parameters), np.log(parameters)
    curvature = np.empty((k, k))
    for row in range(k):
        ahead = np.where(np.arange(k) == row, STEP, 0.0)
        above, below = log_likelihood(np.exp(logs + ahead))[1], log_likelihood(np.exp(logs - ahead))[1]
        curvature[row] = (below - above) / (2 * STEP)
    return as_floats(np.linalg.inv((curvature + curvature.T) / 2 + penalty * np.eye(k)))
