"""What a customer is worth: the last 365 days and the twelve months to come, in minor units of the model's currency."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from heed_common.currencies import exponent
from heed_measures import gamma_gamma, residual
from heed_measures.arrays import Floats
from heed_scoring.features import Features
from heed_scoring.model import PURCHASE_MODELS, Model
from heed_scoring.printed import PROBABILITY_DIGITS, Factor, amount, half_even

CURRENT = (
    "paid",
    "production_cost",
    "variable_marketing_cost",
    "fixed_marketing_cost",
    "service_cost",
    "remedies",
)
ALWAYS_NAMED = frozenset({"paid", "production_cost", "variable_marketing_cost"})


class Value(NamedTuple):
    """As printed; the factors add up to the amount exactly."""

    amount: str
    current: str
    potential: str
    at_risk: str
    tier: str
    method: str
    parts: list[int]
    """What each of `CURRENT` brings or takes, in minor units."""
    digits: int


def value(
    customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats, leaving: Sequence[int]
) -> list[Value]:
    """The value of each customer; `leaving` is the churn risk in millionths."""
    digits = exponent(model.money.currency)
    tiers = [(tier, Decimal(model.tiers[tier]).scaleb(digits)) for tier in ("A", "B")]
    potential = _potential(customers, model, x, tx, age).tolist()
    return [
        _value(customer, model, later, risk, digits, tiers)
        for customer, later, risk in zip(customers, potential, leaving, strict=True)
    ]


def factors(customer: Features, value: Value) -> list[Factor]:
    """What the value is made of; costs that there are none of are not named."""
    bought, costs = customer.purchase_evidence, customer.costs
    seen = ((), (), (), (str(costs.days),), (str(costs.complaints),), (str(costs.granted),))
    evidence = (bought, bought, costs.marketing_evidence, (), costs.service_evidence, costs.remedy_evidence)
    rows = zip(CURRENT, seen, value.parts, evidence, strict=True)
    return [
        *(
            Factor("value", name, what, amount(part, value.digits), events)
            for name, what, part, events in rows
            if part or name in ALWAYS_NAMED
        ),
        Factor("value", "expected_purchases", (), value.potential, bought),
    ]


def _value(
    customer: Features, model: Model, potential: float, leaving: int, digits: int, tiers: list[tuple[str, Decimal]]
) -> Value:
    spent = customer.costs
    costs = (-customer.production_cost, -spent.marketing, -spent.fixed, -spent.service, -spent.remedies)
    current, parts = _printed((customer.paid, *costs), 10 ** (model.money.digits - digits))
    later = int(f"{potential:.{digits}f}".replace(".", ""))  # The exact value of the float, rounded half to even.
    total, at_risk = current + later, half_even(max(later, 0) * leaving, 10**PROBABILITY_DIGITS)
    return Value(
        amount(total, digits),
        amount(current, digits),
        amount(later, digits),
        amount(at_risk, digits),
        "D" if total <= 0 else next((tier for tier, least in tiers if total >= least), "C"),
        _method(customer, model),
        parts,
        digits,
    )


def _printed(parts: tuple[int, ...], divisor: int) -> tuple[int, list[int]]:
    """The sum and its parts in minor units; the part of largest magnitude takes the remainder (the first of equals)."""
    total, rounded = half_even(sum(parts), divisor), [half_even(part, divisor) for part in parts]
    missing = total - sum(rounded)
    if missing:
        sizes = [abs(part) for part in parts]
        rounded[sizes.index(max(sizes))] += missing
    return total, rounded


def _potential(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> Floats:
    """Twelve months of expected purchases; nothing is invented for somebody who has never bought."""
    purchases = residual.discounted_purchases(PURCHASE_MODELS[model.algorithm], model.purchase, x, tx, age)
    own = np.array([customer.own_margin for customer in customers])
    repeat = np.array([customer.repeat_margin for customer in customers])
    margin = own if model.margin is None else gamma_gamma.expected_margin(model.margin, x, repeat)
    bought = np.array([customer.purchase_days > 0 for customer in customers])
    return np.where(bought, residual.discounted_residual(purchases, margin), 0.0)


def _method(customer: Features, model: Model) -> str:
    """How current and potential value came about, in this order."""
    if customer.purchase_days == 0:
        return "no_purchase/none"
    current = "direct_default_margin" if customer.estimated else "direct"
    return f"{current}/{'direct' if model.fitted else 'prior'}"
