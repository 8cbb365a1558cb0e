"""Current value: payments of the last 365 days less all costs, or indicators where the data are incomplete."""

from collections.abc import Sequence

from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model
from heed_scoring.engine.value import exact_sum, indicators
from heed_scoring.engine.value.exact_sum import ExactSum
from heed_scoring.engine.value.valuation_method import has_direct_current

PARTS = (
    "paid",
    "production_cost",
    "variable_marketing_cost",
    "fixed_marketing_cost",
    "service_cost",
    "remedies",
)
OMITTED_WHEN_ZERO = frozenset({"fixed_marketing_cost", "service_cost", "remedies"})


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
    return exact_sum.sum_of_integers(PARTS, (customer.paid, *costs), divisor=divisor)


def _from_indicators(customers: Sequence[Features], model: Model, digits: int) -> list[tuple[int, ExactSum]]:
    """Return the values from indicators, with the rows of their customers."""
    rows = [row for row, customer in enumerate(customers) if not has_direct_current(customer, model)]
    standard = model.population.standard
    if not rows or standard is None:
        return []
    found = indicators.current([customers[row] for row in rows], standard, unit=10**model.money.digits)
    return [(row, indicated.sum(indicators.CURRENT, digits)) for row, indicated in zip(rows, found, strict=True)]
