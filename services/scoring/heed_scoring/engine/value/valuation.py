"""Valuation of the last 365 days and of the coming twelve months: known directly, or estimated from indicators."""

from collections.abc import Sequence

import numpy as np

from heed_measures import gamma_gamma, residual_value
from heed_measures.arrays import Floats
from heed_measures.gamma_gamma import GammaGammaParameters
from heed_scoring.engine import decimal_text
from heed_scoring.engine.decimal_text import ExactSum
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.loyalty.loyalty import Loyalty
from heed_scoring.engine.model import PURCHASE_MODELS, Model
from heed_scoring.engine.value import indicators

MIN_RATED_SHARE = 0.5
"""Share of purchases with a known rate from which the current value is known directly."""
PARTS = (
    "paid",
    "production_cost",
    "variable_marketing_cost",
    "fixed_marketing_cost",
    "service_cost",
    "remedies",
)
OMITTED_WHEN_ZERO = frozenset({"fixed_marketing_cost", "service_cost", "remedies"})
EXPECTED = ("expected_purchases",)
NO_POTENTIAL = ExactSum(0, EXPECTED, (0.0,))


def valuation_method(customer: Features, model: Model) -> str:
    """Return the methods of current and potential value, in this order."""
    if customer.purchase_days == 0:
        return "no_purchase/none"
    direct = "direct_default_margin" if customer.estimated else "direct"
    current = direct if has_direct_current(customer, model) else "indicators"
    return f"{current}/{'direct' if has_direct_potential(model) else 'indicators'}"


def has_direct_current(customer: Features, model: Model) -> bool:
    """Return whether the current value is known directly; without a reference there is no other method."""
    return customer.rated_share >= MIN_RATED_SHARE or model.population.standard is None


def has_direct_potential(model: Model) -> bool:
    """Return whether the purchase model was fitted to enough customers to forecast single ones."""
    return model.fitted and model.population.is_many


def current_values(customers: Sequence[Features], model: Model, *, digits: int) -> list[ExactSum]:
    """Return the current value of each customer and its parts, in minor units."""
    divisor = 10 ** (model.money.digits - digits)
    found = [_paid_less_costs(customer, divisor) for customer in customers]
    for row, instead in _from_indicators(customers, model, digits):
        found[row] = instead
    return found


def _paid_less_costs(customer: Features, divisor: int) -> ExactSum:
    spent = customer.costs
    costs = (-customer.production_cost, -spent.marketing, -spent.fixed, -spent.service, -spent.remedies)
    return decimal_text.sum_of_integers(PARTS, (customer.paid, *costs), divisor=divisor)


def _from_indicators(customers: Sequence[Features], model: Model, digits: int) -> list[tuple[int, ExactSum]]:
    """Return the values from indicators, with the rows of their customers."""
    rows = [row for row, customer in enumerate(customers) if not has_direct_current(customer, model)]
    standard = model.population.standard
    if not rows or standard is None:
        return []
    found = indicators.current([customers[row] for row in rows], standard, unit=10**model.money.digits)
    return [(row, indicated.sum(indicators.CURRENT, digits)) for row, indicated in zip(rows, found, strict=True)]


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
        return [decimal_text.sum_of_floats(EXPECTED, (amount,), total=amount, digits=digits) for amount in amounts]
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
