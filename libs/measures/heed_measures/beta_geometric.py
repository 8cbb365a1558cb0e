"""What BG/NBD and MBG/NBD share: they differ only in whether a customer may leave before the first repeat purchase.

With k = x for BG/NBD and k = x + 1 for MBG/NBD both have the same likelihood, so both live here with `offset` 0 or 1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, gammaln, hyp2f1, psi

from heed_measures.arrays import Floats, Integers, as_floats, distinct_rows, in_blocks, once_for_equals, same_length
from heed_measures.deterministic_math import power
from heed_measures.errors import InvalidInput, NobodyRepeated
from heed_measures.optimise import covariance as covariance_of_logarithms
from heed_measures.optimise import maximise

POLE = 1e-6
WHOLE = 1e-8


@dataclass(frozen=True, slots=True)
class BGParameters:
    """Purchase rates are Gamma(r, alpha) over customers, the chance to leave after a purchase is Beta(a, b).

    `alpha` is in the unit of time of the fit (weeks in Heed). What follows it says how the fit went; parameters made by
    hand (a prior) leave it at its defaults. `log_likelihood` is without the penalty.
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
    """Distinct purchase histories (k,) with the number of customers who have each."""

    x: Floats
    tx: Floats
    T: Floats
    counts: Integers


def histories(x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Histories:
    """Checks and groups purchase histories; `InvalidInput` when they cannot be."""
    checked = same_length(x, tx, T)
    (bought, last, age), counts, _ = distinct_rows(*checked)
    if len(bought) == 0:
        raise InvalidInput("There is no customer.")
    if (bought < 0).any() or (last < 0).any() or (last > age).any():
        raise InvalidInput("Needed: 0 <= x and 0 <= tx <= T.")
    if ((bought == 0) != (last == 0)).any():
        raise InvalidInput("tx is 0 exactly when x is 0.")
    return Histories(bought, last, age, counts)


def fit(x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int, penalty: float) -> BGParameters:
    grouped = histories(x, tx, T)
    repeaters = int(grouped.counts[grouped.x > 0].sum())
    if repeaters == 0:
        raise NobodyRepeated("Nobody has repeated: the model cannot be fitted.")
    n = int(grouped.counts.sum())
    likelihood = _Likelihood(grouped, offset)
    centre = np.array([0.5, typical_age(grouped) / 4, 1.0, 2.0])
    best = maximise(likelihood, centre, n=n, penalty=penalty)
    r, alpha, a, b = (float(value) for value in best.parameters)
    return BGParameters(r, alpha, a, b, best.log_likelihood, best.iterations, best.converged, n, repeaters)


def log_likelihood(parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int) -> float:
    return _Likelihood(histories(x, tx, T), offset)(_vector(parameters))[0]


def covariance(
    parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int, penalty: float
) -> Floats:
    likelihood = _Likelihood(histories(x, tx, T), offset)
    return covariance_of_logarithms(likelihood, _vector(parameters), penalty=penalty)


def probability_alive(parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int) -> Floats:
    def alive(bought: Floats, last: Floats, age: Floats) -> Floats:
        silent = _silence(parameters, bought, last, age)
        return silent / (silent + _leaving_odds(parameters, bought + offset))

    return in_blocks(alive, as_floats(x), as_floats(tx), as_floats(T))


def expected_if_alive(parameters: BGParameters, t: ArrayLike, x: ArrayLike, T: ArrayLike, *, offset: int) -> Floats:
    bought, age, ahead = as_floats(x), as_floats(T), as_floats(t)
    if ahead.ndim:
        return _expected_if_alive(parameters, ahead, bought, age, offset)
    return once_for_equals(lambda few, ages: _expected_if_alive(parameters, ahead, few, ages, offset), bought, age)


def _expected_if_alive(parameters: BGParameters, ahead: Floats, bought: Floats, age: Floats, offset: int) -> Floats:
    r, a, b = parameters.r, parameters.a, parameters.b
    # The formula divides by a - 1, and the series of scipy is nan for some whole r - a.
    if abs(a - 1) < POLE:
        a = 1 + POLE
    if abs(r - a - round(r - a)) < WHOLE:
        a += 2 * WHOLE
    third = a + b + bought + (offset - 1)
    third = np.where(np.abs(third) < POLE, POLE, third)
    z = ahead / (parameters.alpha + age + ahead)
    series = hyp2f1(a + b + (offset - 1) - r, a - 1, third, z)
    return as_floats(third / (a - 1) * (1 - power(1 - z, a - 1) * series))


def probability_no_purchase(
    parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int
) -> Floats:
    def quiet(ahead: Floats, bought: Floats, last: Floats, age: Floats) -> Floats:
        leaving = _leaving_odds(parameters, bought + offset)
        later = _silence(parameters, bought, last, age + ahead)
        return (later + leaving) / (_silence(parameters, bought, last, age) + leaving)

    return in_blocks(quiet, as_floats(t), as_floats(x), as_floats(tx), as_floats(T))


def alive_and_quiet(
    parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, offset: int
) -> Floats:
    def both(ahead: Floats, bought: Floats, last: Floats, age: Floats) -> Floats:
        leaving = _leaving_odds(parameters, bought + offset)
        now, later = (_silence(parameters, bought, last, until) for until in (age, age + ahead))
        return np.array([now / (now + leaving), (later + leaving) / (now + leaving)])

    return in_blocks(both, as_floats(t), as_floats(x), as_floats(tx), as_floats(T))


def _silence(parameters: BGParameters, bought: Floats, last: Floats, until: Floats) -> Floats:
    # The likelihood of buying nothing since, over (alpha + tx)^-(r + x), or it would underflow for heavy buyers.
    return power((parameters.alpha + last) / (parameters.alpha + until), parameters.r + bought)


def _leaving_odds(parameters: BGParameters, k: Floats) -> Floats:
    may_have_left = k > 0
    if may_have_left.all():
        return as_floats(parameters.a / (parameters.b + k - 1))
    return np.where(may_have_left, parameters.a / np.where(may_have_left, parameters.b + k - 1, 1.0), 0.0)


def _vector(parameters: BGParameters) -> Floats:
    return np.array([parameters.r, parameters.alpha, parameters.a, parameters.b])


def typical_age(grouped: Histories) -> float:
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
