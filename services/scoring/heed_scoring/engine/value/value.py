"""Customer value of the last 365 days and the coming twelve months, in minor units of the model's currency.

Both are known directly, or from indicators where the data are incomplete or the customers few: see `method`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from heed_common.currencies import exponent
from heed_measures.arrays import Floats
from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS, ExactSum, amount, half_even
from heed_scoring.engine.explanation import VALUE, Line, numbers_of
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.loyalty.loyalty import Loyalty
from heed_scoring.engine.model import Model
from heed_scoring.engine.value import indicators
from heed_scoring.engine.value.valuation import (
    OMITTED_WHEN_ZERO,
    current_values,
    potential_values,
    valuation_method,
)


class Value(NamedTuple):
    """Values as printed; the parts of `now` and `later` add up to the amount exactly."""

    amount: str
    current: str
    potential: str
    at_risk: str
    tier: str
    method: str
    now: ExactSum
    later: ExactSum
    digits: int

    @property
    def units(self) -> int:
        """Return the amount in minor units."""
        return self.now.total + self.later.total


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
    """Return the value of each customer; `leaving` is the churn risk in millionths."""
    digits = exponent(model.money.currency)
    tiers = [(tier, ceil(Decimal(model.tiers[tier]).scaleb(digits))) for tier in ("A", "B")]
    now = current_values(customers, model, digits=digits)
    later = potential_values(customers, model, x, tx, age, loyalties=loyalties, current=now, digits=digits)
    methods = [valuation_method(customer, model) for customer in customers]
    rows = zip(now, later, leaving, methods, strict=True)
    return [_value(*row, digits=digits, tiers=tiers) for row in rows]


def lines(customer: Features, value: Value) -> list[Line]:
    """Return the lines of the value; costs of 0 are left out."""
    bought = customer.purchase_evidence
    found: list[Line] = []
    for name, part in (*value.now.parts(), *value.later.parts()):
        number, is_omitted_when_zero, observed, evidence = PART_TABLE[name]
        if part or not is_omitted_when_zero:
            seen = () if observed is None else (observed(customer),)
            found.append((number, part, seen, bought if evidence is None else evidence(customer)))
    return found


# Asked for by name, because most customers have few of them.
OBSERVED: Mapping[str, Callable[[Features], str]] = {
    "fixed_marketing_cost": lambda customer: str(customer.costs.days),
    "service_cost": lambda customer: str(customer.costs.complaints),
    "remedies": lambda customer: str(customer.costs.granted),
    "indicator_purchase_volume": lambda customer: str(customer.days_in_year),
    "indicator_trust": lambda customer: f"{indicators.trust(customer):.2f}",
    "indicator_referrals": lambda customer: str(customer.referrals),
}
EVIDENCE: Mapping[str, Callable[[Features], tuple[str, ...]]] = {
    "variable_marketing_cost": lambda customer: customer.costs.marketing_evidence,
    "fixed_marketing_cost": lambda _: (),
    "service_cost": lambda customer: customer.costs.service_evidence,
    "remedies": lambda customer: customer.costs.remedy_evidence,
    "indicator_service_cost": lambda customer: customer.costs.service_evidence,
    "indicator_trust": indicators.trust_evidence,
    "indicator_referrals": lambda customer: customer.referral_evidence,
}
"""Of all other parts the purchases are the evidence."""
PART_TABLE = {
    name: (number, name in OMITTED_WHEN_ZERO, OBSERVED.get(name), EVIDENCE.get(name))
    for name, number in numbers_of(VALUE).items()
}
"""All that a line needs, found at once."""


def _value(
    now: ExactSum,
    later: ExactSum,
    leaving: int,
    method: str,
    *,
    digits: int,
    tiers: Sequence[tuple[str, int]],
) -> Value:
    current, potential = now.total, later.total
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
