"""BG/NBD: who buys again, how often, when customers may leave only after a repeat purchase.

Its P(alive) is 1 for everybody who bought once, so take `probability_no_purchase` as the base of churn risk.
Symbols everywhere: x repeat purchase days, tx time of the last one, T time since the first purchase, all (n,) or
scalars that broadcast, in the unit of time of the fit (weeks in Heed).
Source: Fader, Hardie & Lee 2005, Marketing Science 24(2).
"""

from numpy.typing import ArrayLike

from heed_measures import beta_geometric
from heed_measures.arrays import Floats
from heed_measures.beta_geometric import BGParameters

__all__ = [
    "BGParameters",
    "alive_and_quiet",
    "covariance",
    "expected_if_alive",
    "expected_purchases",
    "expected_purchases_new",
    "fit",
    "log_likelihood",
    "probability_alive",
    "probability_no_purchase",
]

OFFSET = 0


def fit(x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0) -> BGParameters:
    """Learns from all customers at once how they buy and leave.

    Shapes: (n,) each. `penalty` scales the weak log-normal prior ``0.5·Σ(log p − log(0.5, median T/4, 1, 2))²`` that
    keeps small cohorts from running away; 0 gives the maximum likelihood.
    Errors: `NobodyRepeated`; `InvalidInput` for impossible histories. Source: Fader, Hardie & Lee 2005; the prior †.
    """
    return beta_geometric.fit(x, tx, T, offset=OFFSET, penalty=penalty)


def log_likelihood(parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> float:
    """How well the parameters explain these customers (n,), without penalty.

    Errors: `InvalidInput`. Source: Fader, Hardie & Lee 2005, eq. 6.
    """
    return beta_geometric.log_likelihood(parameters, x, tx, T, offset=OFFSET)


def covariance(parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, *, penalty: float = 1.0) -> Floats:
    """How sure the fit is: covariance (4, 4) of log r, log alpha, log a, log b, for the customers (n,) of the fit.

    `penalty` as in the fit. Errors: `InvalidInput`. Source: Fisher information.
    """
    return beta_geometric.covariance(parameters, x, tx, T, offset=OFFSET, penalty=penalty)


def probability_alive(parameters: BGParameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """The probability that the customer has not left by T, broadcast shape; 1 for x = 0: not a churn score.

    Errors: none. Source: Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model".
    """
    return beta_geometric.probability_alive(parameters, x, tx, T, offset=OFFSET)


def expected_if_alive(parameters: BGParameters, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
    """Purchases expected in (T, T+t] from a customer who is still there at T, broadcast shape.

    Errors: none. Source: Fader, Hardie & Lee 2005, eq. 10, Euler-transformed so that no argument grows with x.
    """
    return beta_geometric.expected_if_alive(parameters, t, x, T, offset=OFFSET)


def expected_purchases(parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """Purchases expected in (T, T+t], broadcast shape.

    Errors: none. Source: Fader, Hardie & Lee 2005, eq. 10.
    """
    return expected_if_alive(parameters, t, x, T) * probability_alive(parameters, x, tx, T)


def probability_no_purchase(
    parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike
) -> Floats:
    """The probability of no purchase in (T, T+t], exact: L(x, tx, T+t) / L(x, tx, T), broadcast shape.

    Errors: none. Source: follows from the likelihood; as a base of churn risk †.
    """
    return beta_geometric.probability_no_purchase(parameters, t, x, tx, T, offset=OFFSET)


def alive_and_quiet(parameters: BGParameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike) -> Floats:
    """`probability_alive` and `probability_no_purchase` at once, (2, n): the same bits for less time.

    Errors: none. Source: as theirs.
    """
    return beta_geometric.alive_and_quiet(parameters, t, x, tx, T, offset=OFFSET)


def expected_purchases_new(parameters: BGParameters, t: ArrayLike) -> Floats:
    """Repeat purchases expected in the first `t` from a customer about whom nothing is known yet, shape of `t`.

    Errors: none. Source: Fader, Hardie & Lee 2005, eq. 9.
    """
    return expected_purchases(parameters, t, 0.0, 0.0, 0.0)
