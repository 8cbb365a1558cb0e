"""Residual value: discounted margin of the purchases expected in the coming months."""

from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats, vectorize_unique_rows

WEEKS_PER_MONTH = 365.25 / 12 / 7
MONTHS = 12
MONTHLY_DISCOUNT_RATE = 0.01

Parameters = TypeVar("Parameters", contravariant=True)


class PurchaseModel(Protocol[Parameters]):
    """The common functions of `BG_NBD`, `MBG_NBD` and the module `pareto_nbd`."""

    def probability_alive(self, parameters: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, /) -> Floats: ...

    def alive_and_inactive_probability(
        self, parameters: Parameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, /
    ) -> Floats: ...

    def expected_if_alive(self, parameters: Parameters, t: ArrayLike, x: ArrayLike, T: ArrayLike, /) -> Floats: ...


class PurchaseForecast(NamedTuple):
    """Purchases expected within the horizon, those of the coming months discounted, P(no purchase), (n,) each."""

    expected: Floats
    discounted: Floats
    inactive: Floats


def forecast(
    model: PurchaseModel[Parameters],
    parameters: Parameters,
    x: ArrayLike,
    tx: ArrayLike,
    T: ArrayLike,
    *,
    horizon: float,
    months: int = MONTHS,
    rate: float = MONTHLY_DISCOUNT_RATE,
    month: float = WEEKS_PER_MONTH,
) -> PurchaseForecast:
    """Return all forecasts of the purchase model at once, for half the time of separate calls; the same bits.

    Shapes: x, tx, T (n,). `horizon` and `month` are in the unit of time of the fit (weeks).
    Errors: none. Source: as the model's functions and `discounted_purchases`.
    """
    bought, last, age = (np.atleast_1d(as_floats(column)) for column in (x, tx, T))

    def if_alive(few_bought: Floats, few_age: Floats) -> Floats:
        soon = model.expected_if_alive(parameters, horizon, few_bought, few_age)
        ends = month * np.arange(1, months + 1)[:, np.newaxis]
        return np.array([soon, _discount(model.expected_if_alive(parameters, ends, few_bought, few_age), rate)])

    alive, inactive = model.alive_and_inactive_probability(parameters, horizon, bought, last, age)
    expected, discounted = vectorize_unique_rows(if_alive, bought, age)
    return PurchaseForecast(expected * alive, discounted * alive, inactive)


def discounted_purchases(
    model: PurchaseModel[Parameters],
    parameters: Parameters,
    x: ArrayLike,
    tx: ArrayLike,
    T: ArrayLike,
    *,
    months: int = MONTHS,
    rate: float = MONTHLY_DISCOUNT_RATE,
    month: float = WEEKS_PER_MONTH,
) -> Floats:
    """Return the expected purchases of the next `months`, those of month j counted at ``(1 + rate)^−j``.

    Shapes: x, tx, T (n,). `month` is the length of a month in the unit of time of the fit (weeks). The
    expectation depends on x and T only, apart from the probability to be alive, and is computed once for each pair.
    Errors: none. Source: Fader, Hardie & Lee 2005, JMR 42(4), in whole months instead of continuously.
    """
    bought, last, age = (np.atleast_1d(as_floats(column)) for column in (x, tx, T))

    def if_alive(few_bought: Floats, few_age: Floats) -> Floats:
        ends = month * np.arange(1, months + 1)[:, np.newaxis]
        return _discount(model.expected_if_alive(parameters, ends, few_bought, few_age), rate)

    return vectorize_unique_rows(if_alive, bought, age) * model.probability_alive(parameters, bought, last, age)


def _discount(expected: Floats, rate: float) -> Floats:
    """Return discounted purchases (n,), from those expected up to the end of each month (months, n)."""
    total = before = np.zeros(expected.shape[1])
    for number, until in enumerate(expected, start=1):
        total = total + (until - before) / (1 + rate) ** number
        before = until
    return total


def discounted_residual(purchases: ArrayLike, margin: ArrayLike) -> Floats:
    """Return the potential value in money: `discounted_purchases` times the expected margin of a purchase.

    Shapes broadcast. Errors: none. Source: as `discounted_purchases`; margin independent of frequency (Gamma-Gamma).
    """
    return as_floats(purchases) * as_floats(margin)
