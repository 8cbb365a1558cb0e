"""BG/NBD and MBG/NBD: who buys again and how often, when customers may leave after a purchase.

They differ only in whether a customer may leave before the first repeat purchase: with k = x for BG/NBD and k = x + 1
for MBG/NBD both have the same likelihood, so both are one class with an `offset` of 0 or 1.

Symbols everywhere: x repeat purchase days, tx time of the last one, T time since the first purchase, all (n,) or
scalars that broadcast, in the unit of time of the fit (weeks in Heed).
Source: Fader, Hardie & Lee 2005, Marketing Science 24(2) for BG/NBD; Batislam, Denizel & Filiztekin 2007, International
Journal of Research in Marketing 24(3), and Hoppe & Wagner 2007 for MBG/NBD.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, gammaln, hyp2f1, psi

from heed_measures.arrays import (
    Floats,
    Integers,
    apply_in_blocks,
    as_floats,
    same_length,
    unique_rows,
    vectorize_unique_rows,
)
from heed_measures.deterministic_math import power
from heed_measures.errors import InvalidInput, NoRepeatedPurchase
from heed_measures.optimise import covariance as covariance_of_logarithms
from heed_measures.optimise import maximise

POLE_DISTANCE = 1e-6
INTEGER_TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class BGParameters:
    """Parameters of a fit: purchase rates are Gamma(r, alpha) over customers, the chance to leave is Beta(a, b).

    `alpha` is in the unit of time of the fit (weeks in Heed). The fields after `b` are diagnostics of the fit;
    parameters made by hand (a prior) leave them at their defaults. `log_likelihood` is without the penalty.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")
    iterations: int = 0
    converged: bool = True
    n: int = 0
    repeaters: int = 0


class Histories(NamedTuple):
    """Distinct purchase histories (k,) and the number of customers who have each."""

    x: Floats
    tx: Floats
    T: Floats
    counts: Integers


def group_histories(x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Histories:
    """Check purchase histories and group equal ones.

    Shapes: (n,) each. Errors: `InvalidInput` for impossible histories or no customer at all. Source: †.
    """
    checked = same_length(x, tx, T)
    (bought, last, age), counts, _ = unique_rows(*checked)
    if len(bought) == 0:
        raise InvalidInput("There is no customer.")
    if (bought < 0).any() or (last < 0).any() or (last > age).any():
        raise InvalidInput("Needed: 0 <= x and 0 <= tx <= T.")
    if ((bought == 0) != (last == 0)).any():
        raise InvalidInput("tx is 0 exactly when x is 0.")
    return Histories(bought, last, age, counts)


@dataclass(frozen=True, slots=True)
class BetaGeometricModel:
    """A purchase model whose customers may leave after a purchase; with `offset` 1 even after the first one."""

    name: str
    offset: int

    def fit(self, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0) -> BGParameters:
        """Fit the parameters to all customers at once.

        Shapes: (n,) each. `penalty` scales the weak log-normal prior ``0.5·Σ(log p − log(0.5, median T/4, 1, 2))²``
        that keeps small cohorts from running away; 0 gives the maximum likelihood.
        Errors: `NoRepeatedPurchase`; `InvalidInput` for impossible histories.
        Source: Fader, Hardie & Lee 2005; Batislam, Denizel & Filiztekin 2007; the prior †.
        """
        grouped = group_histories(x, tx, T)
        repeaters = int(grouped.counts[grouped.x > 0].sum())
        if repeaters == 0:
            raise NoRepeatedPurchase("No customer has repeated: the model cannot be fitted.")
        n = int(grouped.counts.sum())
        centre = np.array([0.5, median_age(grouped) / 4, 1.0, 2.0])
        best = maximise(_Likelihood(grouped, self.offset), centre, n=n, penalty=penalty)
        r, alpha, a, b = (float(value) for value in best.parameters)
        return BGParameters(r, alpha, a, b, best.log_likelihood, best.iterations, best.converged, n, repeaters)

    def log_likelihood(self, parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> float:
        """Return the log-likelihood of these customers (n,), without penalty.

        Errors: `InvalidInput`. Source: Fader, Hardie & Lee 2005, eq. 6; Batislam, Denizel & Filiztekin 2007.
        """
        return _Likelihood(group_histories(x, tx, T), self.offset)(_vector(parameters))[0]

    def covariance(
        self, parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0
    ) -> Floats:
        """Return the covariance (4, 4) of log r, log alpha, log a, log b, for the customers (n,) of the fit.

        `penalty` as in the fit. Errors: `InvalidInput`. Source: Fisher information.
        """
        likelihood = _Likelihood(group_histories(x, tx, T), self.offset)
        return covariance_of_logarithms(likelihood, _vector(parameters), penalty=penalty)

    def probability_alive(self, parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
        """Return the probability that the customer has not left by T, broadcast shape.

        With BG/NBD it is 1 for every customer with x = 0, so take `probability_inactive` as the base of churn risk.
        Errors: none. Source: Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model"; Batislam, Denizel &
        Filiztekin 2007.
        """

        def alive(bought: Floats, last: Floats, age: Floats) -> Floats:
            silence = _silence_likelihood(parameters, bought, last, age)
            return silence / (silence + _leaving_odds(parameters, bought + self.offset))

        return apply_in_blocks(alive, as_floats(x), as_floats(tx), as_floats(T))

    def probability_inactive(
        self, parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
    ) -> Floats:
        """Return the probability of no purchase in (T, T+t], exact: L(x, tx, T+t) / L(x, tx, T), broadcast shape.

        Errors: none. Source: follows from the likelihood; as a base of churn risk †.
        """

        def inactive(ahead: Floats, bought: Floats, last: Floats, age: Floats) -> Floats:
            leaving = _leaving_odds(parameters, bought + self.offset)
            later = _silence_likelihood(parameters, bought, last, age + ahead)
            return (later + leaving) / (_silence_likelihood(parameters, bought, last, age) + leaving)

        return apply_in_blocks(inactive, as_floats(t), as_floats(x), as_floats(tx), as_floats(T))

    def alive_and_inactive_probability(
        self, parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
    ) -> Floats:
        """Return `probability_alive` and `probability_inactive` at once, (2, n): the same bits for less time.

        Errors: none. Source: as theirs.
        """

        def both(ahead: Floats, bought: Floats, last: Floats, age: Floats) -> Floats:
            leaving = _leaving_odds(parameters, bought + self.offset)
            now, later = (_silence_likelihood(parameters, bought, last, until) for until in (age, age + ahead))
            return np.array([now / (now + leaving), (later + leaving) / (now + leaving)])

        return apply_in_blocks(both, as_floats(t), as_floats(x), as_floats(tx), as_floats(T))

    def expected_if_alive(self, parameters: BGParameters, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
        """Return the purchases expected in (T, T+t] from a customer who has not left by T, broadcast shape.

        Errors: none. Source: Fader, Hardie & Lee 2005, eq. 10; Batislam, Denizel & Filiztekin 2007; Euler-transformed
        so that no argument grows with x.
        """
        bought, age, ahead = as_floats(x), as_floats(T), as_floats(t)
        if ahead.ndim:
            return self._expected_if_alive(parameters, ahead, bought, age)
        return vectorize_unique_rows(lambda x, T: self._expected_if_alive(parameters, ahead, x, T), bought, age)

    def expected_purchases(
        self, parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
    ) -> Floats:
        """Return the purchases expected in (T, T+t], broadcast shape. Errors: none. Source: as `expected_if_alive`."""
        return self.expected_if_alive(parameters, t, x, T) * self.probability_alive(parameters, x, tx, T)

    def expected_purchases_new(self, parameters: BGParameters, t: ArrayLike) -> Floats:
        """Return the repeat purchases expected in the first `t` from a customer without any history, shape of `t`.

        Errors: none. Source: Fader, Hardie & Lee 2005, eq. 9; Batislam, Denizel & Filiztekin 2007.
        """
        return self.expected_purchases(parameters, t, 0.0, 0.0, 0.0)

    def _expected_if_alive(self, parameters: BGParameters, ahead: Floats, bought: Floats, age: Floats) -> Floats:
        r, a, b = parameters.r, parameters.a, parameters.b
        # The formula divides by a - 1, and the series of scipy is nan for some whole r - a.
        if abs(a - 1) < POLE_DISTANCE:
            a = 1 + POLE_DISTANCE
        if abs(r - a - round(r - a)) < INTEGER_TOLERANCE:
            a += 2 * INTEGER_TOLERANCE
        third = a + b + bought + (self.offset - 1)
        third = np.where(np.abs(third) < POLE_DISTANCE, POLE_DISTANCE, third)
        z = ahead / (parameters.alpha + age + ahead)
        series = hyp2f1(a + b + (self.offset - 1) - r, a - 1, third, z)
        return as_floats(third / (a - 1) * (1 - power(1 - z, a - 1) * series))


BG_NBD = BetaGeometricModel("bg_nbd", offset=0)
"""Customers may leave only after a repeat purchase."""
MBG_NBD = BetaGeometricModel("mbg_nbd", offset=1)
"""The default: customers may leave after any purchase, even the first."""


def _silence_likelihood(parameters: BGParameters, bought: Floats, last: Floats, until: Floats) -> Floats:
    # The likelihood of buying nothing since, over (alpha + tx)^-(r + x), or it would underflow for heavy buyers.
    return power((parameters.alpha + last) / (parameters.alpha + until), parameters.r + bought)


def _leaving_odds(parameters: BGParameters, k: Floats) -> Floats:
    may_have_left = k > 0
    if may_have_left.all():
        return as_floats(parameters.a / (parameters.b + k - 1))
    return np.where(may_have_left, parameters.a / np.where(may_have_left, parameters.b + k - 1, 1.0), 0.0)


def _vector(parameters: BGParameters) -> Floats:
    return np.array([parameters.r, parameters.alpha, parameters.a, parameters.b])


def median_age(grouped: Histories) -> float:
    """Return the median T of the customers; the largest T where the median is 0. Errors: none."""
    order = np.argsort(grouped.T)
    middle = np.searchsorted(np.cumsum(grouped.counts[order]), grouped.counts.sum() / 2)
    return float(grouped.T[order][middle]) or float(grouped.T.max())


class _Likelihood:
    """Log-likelihood of all customers with its gradient in log r, log alpha, log a, log b.

    Gamma functions are taken once per number of purchases and logarithms once per distinct time, because a plain
    evaluation spends its time there.
    """

    def __init__(self, grouped: Histories, offset: int) -> None:
        self.counts = grouped.counts.astype(np.float64)
        self.x, self.x_at = np.unique(grouped.x, return_inverse=True)
        self.tx, self.tx_at = np.unique(grouped.tx, return_inverse=True)
        self.T, self.T_at = np.unique(grouped.T, return_inverse=True)
        self.customers = np.bincount(self.x_at, weights=self.counts)
        self.k = self.x + offset
        self.may_have_left = self.k > 0

    def __call__(self, vector: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = vector
        s = (r + self.x)[self.x_at]
        log_T, log_tx = np.log(alpha + self.T), np.log(alpha + self.tx)
        with np.errstate(divide="ignore"):
            log_odds = np.log(np.where(self.may_have_left, a, 0.0)) - np.log(self._behind(b))
        left_odds = log_odds[self.x_at] + s * (log_T[self.T_at] - log_tx[self.tx_at])
        gone = self.counts * expit(left_odds)

        value = float(np.sum(self.customers * self._counting(vector))) - float(
            np.sum(self.counts * s * log_T[self.T_at])
        )
        value += float(np.sum(self.counts * (np.maximum(left_odds, 0) + np.log1p(np.exp(-np.abs(left_odds))))))
        by_rate = self._rate_gradient(r, alpha, s, gone, log_T, log_tx)
        by_leaving = self._leaving_gradient(a, b, as_floats(np.bincount(self.x_at, weights=gone)))
        return value, np.array([*by_rate, *by_leaving]) * vector

    def _behind(self, b: float) -> Floats:
        return np.where(self.may_have_left, b + self.k - 1, 1.0)

    def _counting(self, vector: Floats) -> Floats:
        r, alpha, a, b = vector
        purchasing = gammaln(r + self.x) - gammaln(r) + r * np.log(alpha)
        return np.asarray(purchasing + betaln(a, b + self.k) - betaln(a, b), dtype=np.float64)

    def _rate_gradient(
        self, r: float, alpha: float, s: Floats, gone: Floats, log_T: Floats, log_tx: Floats
    ) -> tuple[float, float]:
        alive = self.counts - gone
        at_T, at_tx = np.bincount(self.T_at, weights=alive), np.bincount(self.tx_at, weights=gone)
        by_r = self.customers @ (psi(r + self.x) - psi(r) + np.log(alpha)) - at_T @ log_T - at_tx @ log_tx
        spent = np.bincount(self.T_at, weights=alive * s) @ (1 / (alpha + self.T))
        spent += np.bincount(self.tx_at, weights=gone * s) @ (1 / (alpha + self.tx))
        return float(by_r), float(r * self.customers.sum() / alpha - spent)

    def _leaving_gradient(self, a: float, b: float, left: Floats) -> tuple[float, float]:
        whole = psi(a + b) - psi(a + b + self.k)
        by_a = self.customers @ whole + left.sum() / a
        by_b = self.customers @ (whole + psi(b + self.k) - psi(b))
        return float(by_a), float(by_b - np.where(self.may_have_left, left / self._behind(b), 0.0).sum())
