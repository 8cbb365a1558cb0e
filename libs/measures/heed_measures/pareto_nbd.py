"""Pareto/NBD: who buys again, how often, when customers leave at a moment of their own, not at a purchase.

The benchmark of the two faster models. Symbols as there: x repeat purchase days, tx time of the last one, T time since
the first purchase, all (n,) or scalars that broadcast, in the unit of time of the fit (weeks in Heed).
Source: Schmittlein, Morrison & Colombo 1987, Management Science 33(1); Fader & Hardie 2005 (a note on its derivation).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, psi

from heed_measures.arrays import Floats, as_floats
from heed_measures.beta_geometric import Histories, histories, typical_age
from heed_measures.errors import NobodyRepeated
from heed_measures.optimise import covariance as covariance_of_logarithms
from heed_measures.optimise import maximise
from heed_measures.portable import exp, log

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(32)
NEGLIGIBLE = 30.0


@dataclass(frozen=True, slots=True)
class ParetoParameters:
    """Purchase rates are Gamma(r, alpha) over customers, rates of leaving Gamma(s, beta); alpha and beta are times."""

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
    """Learns from all customers at once how they buy and leave.

    Shapes: (n,) each. `penalty` scales the weak log-normal prior around (0.5, median T/4, 0.5, median T/4); 0 gives the
    maximum likelihood. Errors: `NobodyRepeated`; `InvalidInput` for impossible histories.
    Source: Schmittlein, Morrison & Colombo 1987; the prior †.
    """
    grouped = histories(x, tx, T)
    repeaters = int(grouped.counts[grouped.x > 0].sum())
    if repeaters == 0:
        raise NobodyRepeated("Nobody has repeated: the model cannot be fitted.")
    n = int(grouped.counts.sum())
    age = typical_age(grouped)
    best = maximise(_Likelihood(grouped), np.array([0.5, age / 4, 0.5, age / 4]), n=n, penalty=penalty)
    r, alpha, s, beta = (float(value) for value in best.parameters)
    return ParetoParameters(r, alpha, s, beta, best.log_likelihood, best.iterations, best.converged, n, repeaters)


def log_likelihood(parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> float:
    """How well the parameters explain these customers (n,), without penalty.

    Errors: `InvalidInput`. Source: Schmittlein, Morrison & Colombo 1987.
    """
    return _Likelihood(histories(x, tx, T))(_vector(parameters))[0]


def covariance(
    parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0
) -> Floats:
    """How sure the fit is: covariance (4, 4) of log r, log alpha, log s, log beta, for the customers (n,) of the fit.

    `penalty` as in the fit. Errors: `InvalidInput`. Source: Fisher information.
    """
    return covariance_of_logarithms(_Likelihood(histories(x, tx, T)), _vector(parameters), penalty=penalty)


def probability_alive(parameters: ParetoParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """The probability that the customer has not left by T, broadcast shape.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 11–13.
    """
    alive, gone = _ends(parameters, as_floats(x), as_floats(tx), as_floats(T))
    return alive / (alive + gone)


def expected_if_alive(parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
    """Purchases expected in (T, T+t] from a customer who is still there at T, broadcast shape.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 22, written so that s = 1 needs no limit.
    """
    bought, age = as_floats(x), as_floats(T)
    longer = log(1 + as_floats(t) / (parameters.beta + age))
    fall = (parameters.s - 1) * longer
    shrunk = np.where(np.abs(fall) < 1e-5, 1 - fall / 2, (1 - exp(-fall)) / np.where(fall == 0, 1.0, fall))
    return as_floats((parameters.r + bought) * (parameters.beta + age) / (parameters.alpha + age) * longer * shrunk)


def expected_purchases(parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Purchases expected in (T, T+t], broadcast shape. Errors: none. Source: as `expected_if_alive`."""
    return expected_if_alive(parameters, t, x, T) * probability_alive(parameters, x, tx, T)


def probability_no_purchase(
    parameters: ParetoParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
) -> Floats:
    """The probability of no purchase in (T, T+t], exact: L(x, tx, T+t) / L(x, tx, T), broadcast shape.

    Errors: none. Source: follows from the likelihood; as a base of churn risk †.
    """
    bought, last, age = as_floats(x), as_floats(tx), as_floats(T)
    later, gone_later = _ends(parameters, bought, last, age + as_floats(t))
    now, gone_now = _ends(parameters, bought, last, age)
    return (later + gone_later) / (now + gone_now)


def expected_purchases_new(parameters: ParetoParameters, t: ArrayLike) -> Floats:
    """Repeat purchases expected in the first `t` from a customer about whom nothing is known yet, shape of `t`.

    Errors: none. Source: Schmittlein, Morrison & Colombo 1987, eq. 17.
    """
    return expected_purchases(parameters, t, 0.0, 0.0, 0.0)


def _vector(parameters: ParetoParameters) -> Floats:
    return np.array([parameters.r, parameters.alpha, parameters.s, parameters.beta])


def _ends(parameters: ParetoParameters, x: Floats, tx: Floats, T: Floats) -> tuple[Floats, Floats]:
    """Likelihoods of a history whose customer is alive at T, and has gone since tx, over what both share."""
    vector = _vector(parameters)
    gone = np.zeros(np.broadcast(x, tx, T).shape)
    for node in _moments_of_leaving(vector, x, tx, T):
        gone = gone + node.density
    return _alive(vector, x, tx, T), gone


def _alive(vector: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
    r, alpha, s, beta = vector
    return exp(-(r + x) * log((alpha + T) / (alpha + tx)) - s * log((beta + T) / (beta + tx)))


class _Node(NamedTuple):
    """A moment u at which the customer may have left, with its weighted density, shapes (n,)."""

    density: Floats
    from_alpha: Floats
    from_beta: Floats
    log_alpha: Floats
    log_beta: Floats


def _moments_of_leaving(vector: Floats, x: Floats, tx: Floats, T: Floats) -> Iterator[_Node]:
    """The integral over the moment of leaving, by quadrature.

    Its closed form is a difference of two hypergeometric functions with arguments that grow with x. In the logarithm of
    the smaller of alpha + u and beta + u the integrand is smooth, and 32 nodes give ten digits and more.
    """
    r, alpha, s, beta = vector
    size, least = r + x, min(alpha, beta)
    alpha_last, beta_last = log(alpha + tx), log(beta + tx)
    # Beyond these the integrand is below e^-30 of its start, because of either factor alone.
    by_buying = (alpha + tx) * exp(np.minimum(NEGLIGIBLE / size, 700.0)) - alpha
    by_leaving = (beta + tx) * exp(min(NEGLIGIBLE / s, 700.0)) - beta
    half = log((least + np.minimum(T, np.minimum(by_buying, by_leaving))) / (least + tx)) / 2
    for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
        from_least = (least + tx) * exp(half * (node + 1))
        from_alpha, from_beta = from_least + (alpha - least), from_least + (beta - least)
        log_alpha, log_beta = log(from_alpha), log(from_beta)
        density = exp(-size * (log_alpha - alpha_last) - s * (log_beta - beta_last))
        density = density * (s * weight) * half * (from_least / from_beta)
        yield _Node(density, from_alpha, from_beta, log_alpha, log_beta)


class _Likelihood:
    """Log-likelihood of all customers with its gradient in log r, log alpha, log s, log beta."""

    def __init__(self, grouped: Histories) -> None:
        self.x, self.tx, self.T = grouped.x, grouped.tx, grouped.T
        self.counts = grouped.counts.astype(np.float64)

    def __call__(self, vector: Floats) -> tuple[float, Floats]:
        _, alpha, s, beta = vector
        alive = _alive(vector, self.x, self.tx, self.T)
        last_alpha, last_beta = alpha + self.T, beta + self.T
        sums = [alive, alive * np.log(last_alpha), alive / last_alpha, alive * np.log(last_beta), alive * s / last_beta]
        for node in _moments_of_leaving(vector, self.x, self.tx, self.T):
            sums[0] = sums[0] + node.density
            sums[1] = sums[1] + node.density * node.log_alpha
            sums[2] = sums[2] + node.density / node.from_alpha
            sums[3] = sums[3] + node.density * node.log_beta
            sums[4] = sums[4] + node.density * (s + 1) / node.from_beta
        whole = sums[0]
        means = [total / whole for total in sums[1:]]
        gradient = self._gradient(vector, means, (whole - alive) / whole)
        return float(self.counts @ self._rows(vector, whole)), gradient * vector

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
