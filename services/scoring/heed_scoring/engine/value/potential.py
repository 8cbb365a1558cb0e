"""Potential value of the coming twelve months: expected purchases, or indicators."""

from collections.abc import Sequence

import numpy as np

from heed_measures import gamma_gamma, residual_value
from heed_measures.arrays import Floats
from heed_measures.gamma_gamma import GammaGammaParameters
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.loyalty.loyalty import Loyalty
from heed_scoring.engine.model import PURCHASE_MODELS, Model
from heed_scoring.engine.value import exact_sum, indicators
from heed_scoring.engine.value.exact_sum import ExactSum
from heed_scoring.engine.value.valuation_method import has_direct_current, has_direct_potential

EXPECTED = ("expected_purchases",)
NO_POTENTIAL = ExactSum(0, EXPECTED, (0.0,))


def potential_values(
    customers: Sequence[Features],
    model: Model,
    x: Floats,
    tx: Floats,
    age: Floats,
    *,
    loyalties: Sequence[Loyalty],
    current: Sequence[ExactSum],
    digits: int,
) -> list[ExactSum]:
    """Return the potential value of each customer, in minor units; 0 for customers without purchases."""
    if model.margin is not None and has_direct_potential(model):
        amounts = _expected(customers, model, model.margin, x, tx, age).tolist()
        return [exact_sum.sum_of_floats(EXPECTED, (amount,), total=amount, digits=digits) for amount in amounts]
    years = [
        _year_profit(customer, made_of, model, digits) for customer, made_of in zip(customers, current, strict=True)
    ]
    found = indicators.potential(customers, [float(loyal.points or "nan") for loyal in loyalties], years)
    return [
        indicated.sum(indicators.POTENTIAL, digits) if customer.purchase_days else NO_POTENTIAL
        for customer, indicated in zip(customers, found, strict=True)
    ]


def _expected(
    customers: Sequence[Features], model: Model, margin: GammaGammaParameters, x: Floats, tx: Floats, age: Floats
) -> Floats:
    purchases = residual_value.discounted_purchases(PURCHASE_MODELS[model.algorithm], model.purchase, x, tx, age)
    repeat = np.array([customer.repeat_margin for customer in customers])
    bought = np.array([customer.purchase_days > 0 for customer in customers])
    worth = residual_value.discounted_residual(purchases, gamma_gamma.expected_margin(margin, x, repeat))
    return np.where(bought, worth, 0.0)


def _year_profit(customer: Features, current: ExactSum, model: Model, digits: int) -> float:
    """Return the gross profit of the last 365 days, or the current value from indicators if it is incomplete."""
    if has_direct_current(customer, model):
        return (customer.paid - customer.production_cost) / float(10**model.money.digits)
    return current.total / float(10**digits)
