"""What a customer is still expected to bring: purchases of the coming months, each worth its margin, discounted."""

from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from heed_measures.arrays import Floats, as_floats, once_for_equals

WEEKS_PER_MONTH = 365.25 / 12 / 7
MONTHS = 12
RATE = 0.01

Parameters = TypeVar("Parameters", contravariant=True)


class PurchaseModel(Protocol[Parameters]):
    """What `bg_nbd`, `mbg_nbd` and `pareto_nbd` have in common."""

    def probability_alive(self, parameters: Parameters, x: ArrayLike, tx: ArrayLike, T: ArrayLike, /) -> Floats: ...

    def alive_and_quiet(
        self, parameters: Parameters, t: ArrayLike, x: ArrayLike, tx: ArrayLike, T: ArrayLike, /
    ) -> Floats: ...

    def expected_if_alive(self, parameters: Parameters, t: ArrayLike, x: ArrayLike, T: ArrayLike, /) -> Floats: ...


class Outlook(NamedTuple):
    """Purchases expected within the horizon, those of the coming months discounted, P(no purchase), (n,) each."""

    expected: Floats
    discounted: Floats
    quiet: Floats


def outlook(
    model: PurchaseModel[Parameters],
    parameters: Parameters,
    x: ArrayLike,
    tx: ArrayLike,
    T: ArrayLike,
    *,
    horizon: float,
    months: int = MONTHS,
    rate: float = RATE,
    month: float = WEEKS_PER_MONTH,
) -> Outlook:
    """All that the purchase model says of many customers, for half the time of asking one by one; the same bits.

    Shapes: x, tx, T (n,). `horizon` and `month` are in the unit of time of the fit (weeks).
    Errors: none. Source: as the model's functions and `discounted_purchases`.
    """
    bought, last, age = (np.atleast_1d(as_floats(column)) for column in (x, tx, T))

    def if_alive(few_bought: Floats, few_age: Floats) -> Floats:
        soon = model.expected_if_alive(parameters, horizon, few_bought, few_age)
        ends = month * np.arange(1, months + 1)[:, np.newaxis]
        return np.array([soon, _discounted(model.expected_if_alive(parameters, ends, few_bought, few_age), rate)])

    alive, quiet = model.alive_and_quiet(parameters, horizon, bought, last, age)
    expected, discounted = once_for_equals(if_alive, bought, age)
    return Outlook(expected * alive, discounted * alive, quiet)


def discounted_purchases(
    model: PurchaseModel[Parameters],
    parameters: Parameters,
    x: ArrayLike,
    tx: ArrayLike,
    T: ArrayLike,
    *,
    months: int = MONTHS,
    rate: float = RATE,
    month: float = WEEKS_PER_MONTH,
) -> Floats:
    """Expected purchases of the next `months`, those of month j counted at ``(1 + rate)^−j``.

    Shapes: x, tx, T (n,). `month` is the length of a month in the unit of time of the fit (weeks). What is expected
    depends on x and T only, apart from the probability to be alive, and is computed once for each pair that occurs.
    Errors: none. Source: Fader, Hardie & Lee 2005, JMR 42(4), in whole months instead of continuously.
    """
    bought, last, age = (np.atleast_1d(as_floats(column)) for column in (x, tx, T))

    def if_alive(few_bought: Floats, few_age: Floats) -> Floats:
        ends = month * np.arange(1, months + 1)[:, np.newaxis]
        return _discounted(model.expected_if_alive(parameters, ends, few_bought, few_age), rate)

    return once_for_equals(if_alive, bought, age) * model.probability_alive(parameters, bought, last, age)


def _discounted(expected: Floats, rate: float) -> Floats:
    """Purchases (n,), from those expected up to the end of each month (months, n)."""
    total = before = np.zeros(expected.shape[1])
    for number, until in enumerate(expected, start=1):
        total = total + (until - before) / (1 + rate) ** number
        before = until
    return total


def discounted_residual(purchases: ArrayLike, margin: ArrayLike) -> Floats:
    """Potential value in money: `discounted_purchases` times the expected margin of a purchase.

    Shapes broadcast. Errors: none. Source: as `discounted_purchases`; margin independent of frequency (Gamma-Gamma).
    """
    return as_floats(purchases) * as_floats(margin)
