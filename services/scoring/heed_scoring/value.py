"""What a customer is worth: the last 365 days and the twelve months to come, in minor units of the model's currency.

Both are had directly, or from indicators where the data are incomplete or the customers few: `method` says which.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from heed_common.currencies import exponent
from heed_measures.arrays import Floats
from heed_scoring import indicators
from heed_scoring.current_value import UNNAMED_WHERE_NONE, current_values
from heed_scoring.features import Features
from heed_scoring.loyalty import Loyalty
from heed_scoring.model import Model
from heed_scoring.parts import Parts
from heed_scoring.potential_value import potential_values
from heed_scoring.printed import PROBABILITY_DIGITS, Factor, amount, half_even
from heed_scoring.situations import method


class Value(NamedTuple):
    """As printed; the parts of now and of later add up to the amount exactly."""

    amount: str
    current: str
    potential: str
    at_risk: str
    tier: str
    method: str
    now: Parts
    later: Parts
    digits: int


def value(
    customers: Sequence[Features],
    model: Model,
    x: Floats,
    tx: Floats,
    age: Floats,
    *,
    loyalties: Sequence[Loyalty],
    leaving: Sequence[int],
) -> list[Value]:
    """The value of each customer; `leaving` is the churn risk in millionths."""
    digits = exponent(model.money.currency)
    tiers = [(tier, Decimal(model.tiers[tier]).scaleb(digits)) for tier in ("A", "B")]
    now = current_values(customers, model, digits=digits)
    later = potential_values(customers, model, x, tx, age, loyalties=loyalties, current=now, digits=digits)
    methods = [method(customer, model) for customer in customers]
    rows = zip(now, later, leaving, methods, strict=True)
    return [_value(*row, digits=digits, tiers=tiers) for row in rows]


def factors(customer: Features, value: Value) -> list[Factor]:
    """What the value is made of; costs that there are none of are not named."""
    costs, bought = customer.costs, customer.purchase_evidence
    seen = {
        "fixed_marketing_cost": str(costs.days),
        "service_cost": str(costs.complaints),
        "remedies": str(costs.granted),
        "indicator_purchase_volume": str(customer.days_in_year),
        "indicator_trust": f"{indicators.trust(customer):.2f}",
        "indicator_referrals": str(customer.referrals),
    }
    evidence = {
        "variable_marketing_cost": costs.marketing_evidence,
        "fixed_marketing_cost": (),
        "service_cost": costs.service_evidence,
        "remedies": costs.remedy_evidence,
        "indicator_service_cost": costs.service_evidence,
        "indicator_trust": indicators.trust_evidence(customer),
        "indicator_referrals": customer.referral_evidence,
    }
    every = [*zip(*value.now, strict=True), *zip(*value.later, strict=True)]
    named = [(name, part) for name, part in every if part or name not in UNNAMED_WHERE_NONE]
    return [
        Factor(
            "value", name, (seen[name],) if name in seen else (), amount(part, value.digits), evidence.get(name, bought)
        )
        for name, part in named
    ]


def _value(
    now: Parts,
    later: Parts,
    leaving: int,
    method: str,
    *,
    digits: int,
    tiers: Sequence[tuple[str, Decimal]],
) -> Value:
    current, potential = sum(now.units), sum(later.units)
    total, at_risk = current + potential, half_even(max(potential, 0) * leaving, 10**PROBABILITY_DIGITS)
    return Value(
        amount(total, digits),
        amount(current, digits),
        amount(potential, digits),
        amount(at_risk, digits),
        "D" if total <= 0 else next((tier for tier, least in tiers if total >= least), "C"),
        method,
        now,
        later,
        digits,
    )
