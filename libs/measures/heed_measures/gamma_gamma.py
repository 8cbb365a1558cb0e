"""Gamma-Gamma model: the expected margin of a customer's purchase, shrunk towards the population mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, psi

from heed_measures.arrays import Floats, apply_in_blocks, as_floats, same_length, unique_rows
from heed_measures.errors import InvalidInput, NoRepeatedPurchase
from heed_measures.optimise import maximise


@dataclass(frozen=True, slots=True)
class GammaGammaParameters:
    """Parameters of a fit: margins of one customer are Gamma(p, ν), ν over customers Gamma(q, v); q > 1.

    With q > 1 the population has a mean.

    `v` is in the money of the fit. `n` customers were used; `excluded` repeated but have a mean margin of zero or less.
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")
    iterations: int = 0
    converged: bool = True
    n: int = 0
    excluded: int = 0

    @property
    def population_mean(self) -> float:
        return self.p * self.v / (self.q - 1)


def fit(x: ArrayLike, m: ArrayLike, *, penalty: float = 1.0) -> GammaGammaParameters:
    """Fit the variation of margins within a customer and between customers.

    Shapes: (n,) each; x repeat purchases, m their mean margin in money, net of returns. Customers with x = 0 are left
    out. So are those with m <= 0, because a Gamma margin is positive; they are counted in `excluded`, and
    `expected_margin` still covers them. `penalty` scales the weak log-normal prior around p = 2, q = 3, v = mean of m†;
    0 switches it off.
    Errors: `InvalidInput`; `NoRepeatedPurchase` without a customer who repeated with a positive margin.
    Source: Fader, Hardie & Lee 2005, Journal of Marketing Research 42(4); Fader & Hardie 2013 (note 025).
    """
    bought, margin = same_length(x, m)
    if (bought < 0).any():
        raise InvalidInput("x must be at least 0.")
    used = (bought > 0) & (margin > 0)
    if not used.any():
        raise NoRepeatedPurchase("No customer has repeated with a positive margin: the model cannot be fitted.")
    n = int(used.sum())
    likelihood = _Likelihood(bought[used], margin[used])
    centre = np.array([2.0, 2.0, float(np.mean(margin[used]))])
    best = maximise(likelihood, centre, n=n, penalty=penalty)
    p, q_less_one, v = (float(value) for value in best.parameters)
    excluded = int(((bought > 0) & (margin <= 0)).sum())
    return GammaGammaParameters(p, 1 + q_less_one, v, best.log_likelihood, best.iterations, best.converged, n, excluded)


def expected_margin(parameters: GammaGammaParameters, x: ArrayLike, m: ArrayLike) -> Floats:
    """Return the expected margin of the customer's next purchase, ``p(v + x·m)/(p·x + q − 1)``.

    At x = 0 it is the population mean. Shapes broadcast; m in money, ignored (nan allowed) where x = 0. The formula is
    a weighted mean of the population's mean and the customer's own; it is linear in m, so zero and negative own margins
    are used as they are and draw the expectation down, below zero if there are many: such a customer costs money.
    Errors: none. Source: Fader, Hardie & Lee 2005, JMR 42(4), eq. 7; its use for m <= 0 †.
    """

    def expected(bought: Floats, margin: Floats) -> Floats:
        earned = bought * np.where(bought > 0, margin, 0.0)
        return parameters.p * (parameters.v + earned) / (parameters.p * bought + parameters.q - 1)

    return apply_in_blocks(expected, as_floats(x), as_floats(m))


class _Likelihood:
    """Log-likelihood with its gradient in log p, log(q − 1), log v, over distinct customers with counts."""

    def __init__(self, x: Floats, m: Floats) -> None:
        (self.x, self.m), counts, _ = unique_rows(x, m)
        self.counts = counts.astype(np.float64)

    def __call__(self, vector: Floats) -> tuple[float, Floats]:
        p, q, v = vector[0], 1 + vector[1], vector[2]
        x, m = self.x, self.m
        px, total = p * x, v + x * m
        log_total, log_spent = np.log(total), np.log(x * m)
        value = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + px * log_spent - np.log(m)
        value = value - (px + q) * log_total
        together = psi(px + q)
        by_p = x * (together - psi(px) + log_spent - log_total)
        by_q = together - psi(q) + np.log(v) - log_total
        by_v = q / v - (px + q) / total
        gradient = np.array([self.counts @ by_p, self.counts @ by_q, self.counts @ by_v])
        return float(self.counts @ value), gradient * vector
