"""Pareto/NBD: who buys again and how often, when customers may leave at any moment, not only at a purchase.

The benchmark of the two faster models. Symbols as there: x repeat purchase days, tx time of the last one, T time since
the first purchase, all (n,) or scalars that broadcast, in the unit of time of the fit (weeks in Heed).
Source: Schmittlein, Morrison & Colombo 1987, Management Science 33(1); Fader & Hardie 2005 (a note on its derivation).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, psi

from heed_measures.arrays import Floats, apply_in_blocks, as_floats
from heed_measures.beta_geometric import Histories, group_histories, median_age
from heed_measures.deterministic_math import exp, log
from heed_measures.errors import NoRepeatedPurchase
from heed_measures.optimise import covariance as covariance_of_logarithms
from heed_measures.optimise import maximise

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)
NODE_COLUMN, WEIGHT_COLUMN = NODES[:, np.newaxis], NODE_WEIGHTS[:, np.newaxis]
ROWS_PER_BLOCK = 512
NEGLIGIBLE_LOG = 30.0


@dataclass(frozen=True, slots=True)
class ParetoParameters:
    """Parameters of a fit: purchase rates are Gamma(r, alpha) over customers, rates of leaving Gamma(s, beta)."""

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float = float("nan")
    iterations: int = 0
    converged: bool = True
    n: int = 0
    repeaters: int = 0


def fit(x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0) -> ParetoParameters:
    """Fit the parameters to all customers at once.

    Shapes: (n,) each. `penalty` scales the weak log-normal prior around (0.5, median T/4, 0.5, median T/4); 0 gives the
    maximum likelihood. Errors: `NoRepeatedPurchase`; `InvalidInput` for impossible histories.
    Source: Schmittlein, Morrison & Colombo 1987; the prior †.
    """
    grouped = group_histories(x, tx, T)
    repeaters = int(grouped.counts[grouped.x > 0].sum())
    if repeaters == 0:
        raise NoRepeatedPurchase("No customer has repeated: the model cannot be fitted.")
    n = int(grouped.counts.sum())
    age = median_age(grouped)
    best = maximise(_Likelihood(grouped), np.array([0.5, age / 4, 0.5, age / 4]), n=n, penalty=penalty)
    r, alpha, s, beta = (float(value) for value in best.parameters)
    return ParetoParameters(r, alpha, s, beta, best.log_likelihood, best.iterations, best.converged, n, repeaters)


def log_likelihood(parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> float:
    """Return the log-likelihood of these customers (n,), without penalty.

    Errors: `InvalidInput`. Source: Schmittlein, Morrison & Colombo 1987.
    """
    return _Likelihood(group_histories(x, tx, T))(_vector(parameters))[0]


def covariance(
    parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0
) -> Floats:
    """Return the covariance (4, 4) of log r, log alpha, log s, log beta, for the customers (n,) of the fit.

    `penalty` as in the fit. Errors: `InvalidInput`. Source: Fisher information.
    """
    return covariance_of_logarithms(_Likelihood(group_histories(x, tx, T)), _vector(parameters), penalty=penalty)


def probability_alive(parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Return the probability that the customer has not left by T, broadcast shape.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 11–13.
    """

    def alive(bought: Floats, last: Floats, age: Floats) -> Floats:
        now, gone = _state_likelihoods(parameters, bought, last, age)
        return now / (now + gone)

    return apply_in_blocks(alive, as_floats(x), as_floats(tx), as_floats(T))


def expected_if_alive(parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
    """Return the purchases expected in (T, T+t] from a customer who has not left by T, broadcast shape.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 22, written so that s = 1 needs no limit.
    """
    bought, age = as_floats(x), as_floats(T)
    longer = log(1 + as_floats(t) / (parameters.beta + age))
    fall = (parameters.s - 1) * longer
    shrunk = np.where(np.abs(fall) < 1e-5, 1 - fall / 2, (1 - exp(-fall)) / np.where(fall == 0, 1.0, fall))
    return as_floats((parameters.r + bought) * (parameters.beta + age) / (parameters.alpha + age) * longer * shrunk)


def expected_purchases(parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Return the purchases expected in (T, T+t], broadcast shape. Errors: none. Source: as `expected_if_alive`."""
    return expected_if_alive(parameters, t, x, T) * probability_alive(parameters, x, tx, T)


def probability_inactive(
    parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
) -> Floats:
    """Return the probability of no purchase in (T, T+t], exact: L(x, tx, T+t) / L(x, tx, T), broadcast shape.

    Errors: none. Source: follows from the likelihood; as a base of churn risk †.
    """
    return as_floats(alive_and_inactive_probability(parameters, t, x, tx, T)[1])


def alive_and_inactive_probability(
    parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
) -> Floats:
    """Return `probability_alive` and `probability_inactive` at once, (2, n): the same bits for less time.

    Errors: none. Source: as theirs.
    """

    def both(ahead: Floats, bought: Floats, last: Floats, age: Floats) -> Floats:
        later, gone_later = _state_likelihoods(parameters, bought, last, age + ahead)
        now, gone_now = _state_likelihoods(parameters, bought, last, age)
        return np.array([now / (now + gone_now), (later + gone_later) / (now + gone_now)])

    return apply_in_blocks(both, as_floats(t), as_floats(x), as_floats(tx), as_floats(T))


def expected_purchases_new(parameters: ParetoParameters, t: ArrayLike) -> Floats:
    """Return the repeat purchases expected in the first `t` from a customer without any history, shape of `t`.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 17.
    """
    return expected_purchases(parameters, t, 0.0, 0.0, 0.0)


def _vector(parameters: ParetoParameters) -> Floats:
    return np.array([parameters.r, parameters.alpha, parameters.s, parameters.beta])


def _state_likelihoods(parameters: ParetoParameters, x: Floats, tx: Floats, T: Floats) -> tuple[Floats, Floats]:
    """Return the likelihoods of being alive at T and of having left since tx, over their common factor."""
    vector = _vector(parameters)
    gone = np.zeros(np.broadcast(x, tx, T).shape)
    span = _integration_interval(vector, x, tx, T)
    # Added one by one, so that a row has the same bits alone and among many.
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        gone = gone + _leaving_moment(vector, span, node, weight).density
    return _alive_likelihood(vector, x, tx, T), gone


def _alive_likelihood(vector: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
    r, alpha, s, beta = vector
    return exp(-(r + x) * log((alpha + T) / (alpha + tx)) - s * log((beta + T) / (beta + tx)))


class _LeavingMoment(NamedTuple):
    """A moment u at which the customer may have left, with its weighted density, broadcast shapes."""

    density: Floats
    from_alpha: Floats
    from_beta: Floats
    log_alpha: Floats
    log_beta: Floats


class _IntegrationInterval(NamedTuple):
    """Bounds of the integral over the moment of leaving, and the values it is relative to."""

    x: Floats
    start: Floats
    half: Floats
    alpha_last: Floats
    beta_last: Floats


def _integration_interval(vector: Floats, x: Floats, tx: Floats, T: Floats) -> _IntegrationInterval:
    r, alpha, s, beta = vector
    size, least = r + x, min(alpha, beta)
    # Beyond these the integrand is below e^-30 of its start, because of either factor alone.
    by_buying = (alpha + tx) * exp(np.minimum(NEGLIGIBLE_LOG / size, 700.0)) - alpha
    by_leaving = (beta + tx) * exp(min(NEGLIGIBLE_LOG / s, 700.0)) - beta
    half = log((least + np.minimum(T, np.minimum(by_buying, by_leaving))) / (least + tx)) / 2
    return _IntegrationInterval(x, least + tx, half, log(alpha + tx), log(beta + tx))


def _leaving_moment(vector: Floats, span: _IntegrationInterval, node: ArrayLike, weight: ArrayLike) -> _LeavingMoment:
    """Return a quadrature node: the densities of all nodes add up to the integral over the moment of leaving.

    Its closed form is a difference of two hypergeometric functions with arguments that grow with x. In the logarithm of
    the smaller of alpha + u and beta + u the integrand is smooth, and 32 nodes give ten digits and more.
    """
    r, alpha, s, beta = vector
    least = min(alpha, beta)
    from_least = span.start * exp(span.half * (as_floats(node) + 1))
    from_alpha, from_beta = from_least + (alpha - least), from_least + (beta - least)
    log_alpha, log_beta = log(from_alpha), log(from_beta)
    density = exp(-(r + span.x) * (log_alpha - span.alpha_last) - s * (log_beta - span.beta_last))
    density = density * (s * as_floats(weight)) * span.half * (from_least / from_beta)
    return _LeavingMoment(density, from_alpha, from_beta, log_alpha, log_beta)


class _Likelihood:
    """Log-likelihood of all customers with its gradient in log r, log alpha, log s, log beta."""

    def __init__(self, grouped: Histories) -> None:
        self.x, self.tx, self.T = grouped.x, grouped.tx, grouped.T
        self.counts = grouped.counts.astype(np.float64)

    def __call__(self, vector: Floats) -> tuple[float, Floats]:
        alive = _alive_likelihood(vector, self.x, self.tx, self.T)
        sums = np.empty((5, len(self.x)))
        for start in range(0, len(self.x), ROWS_PER_BLOCK):
            rows = slice(start, start + ROWS_PER_BLOCK)
            sums[:, rows] = self._sums(vector, rows, alive[rows])
        whole = sums[0]
        means = [total / whole for total in sums[1:]]
        gradient = self._gradient(vector, means, (whole - alive) / whole)
        return float(self.counts @ self._rows(vector, whole)), gradient * vector

    def _sums(self, vector: Floats, rows: slice, alive: Floats) -> Floats:
        """Return sums of densities, plain and times the gradient's terms, over staying and all moments of leaving."""
        _, alpha, s, beta = vector
        moment = _leaving_moment(
            vector, _integration_interval(vector, self.x[rows], self.tx[rows], self.T[rows]), NODE_COLUMN, WEIGHT_COLUMN
        )
        at_alpha, at_beta, density = alpha + self.T[rows], beta + self.T[rows], moment.density
        staying = (1.0, np.log(at_alpha), 1 / at_alpha, np.log(at_beta), s / at_beta)
        leaving = (1.0, moment.log_alpha, 1 / moment.from_alpha, moment.log_beta, (s + 1) / moment.from_beta)
        return np.array(
            [alive * now + np.sum(density * then, axis=0) for now, then in zip(staying, leaving, strict=True)]
        )

    def _rows(self, vector: Floats, whole: Floats) -> Floats:
        r, alpha, s, beta = vector
        size = r + self.x
        start = gammaln(size) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return as_floats(start + np.log(whole) - size * np.log(alpha + self.tx) - s * np.log(beta + self.tx))

    def _gradient(self, vector: Floats, means: list[Floats], gone: Floats) -> Floats:
        r, alpha, s, beta = vector
        log_alpha, by_alpha, log_beta, by_beta = means
        size = r + self.x
        by_r = self.counts @ (psi(size) - psi(r) + np.log(alpha) - log_alpha)
        by_s = self.counts @ (np.log(beta) + gone / s - log_beta)
        return np.array([by_r, self.counts @ (r / alpha - size * by_alpha), by_s, self.counts @ (s / beta - by_beta)])
