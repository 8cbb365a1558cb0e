"""Reference population of a fit, so that a score is relative to a population but depends on no other customer.

Tiers are Curry's pyramid: his top 1 % and the 4 % below are A, the 15 % below those B, all others who are worth
something C. Pure, and made to run in a process of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from heed_common.currencies import exponent
from heed_scoring.engine.features.features import Features, features
from heed_scoring.engine.model import Model, Population, ReferenceYear
from heed_scoring.engine.score import score
from heed_scoring.engine.value.valuation import current_values
from heed_scoring.ledger.facts import from_json

SAMPLE_SIZE = 20_000
"""Places a cut-off within half a percent of the ranks."""
TIER_A_QUANTILE, TIER_B_QUANTILE, REFERENCE_QUANTILE = 0.95, 0.80, 0.80
REFERENCE_DIGITS = 4


def with_reference_population(model: Model, stored: Sequence[str], day: date | None) -> Model:
    """Return the fitted model with the reference of all customers with purchases; `stored` are their facts."""
    if day is None:
        return model
    seen = [features(from_json(facts), day=day, money=model.money) for facts in stored]
    bought = [customer for customer in seen if customer.purchase_days]
    population = Population(model.purchase.n, model.purchase.repeaters, _reference_year(bought, model))
    fitted = replace(model, population=population)
    return replace(fitted, tiers=_tiers(bought, fitted)) if bought and population.is_many else fitted


def _reference_year(customers: Sequence[Features], model: Model) -> ReferenceYear | None:
    """Return the reference year of active customers whose payments all have a rate."""
    active = [customer for customer in customers if customer.days_in_year and not customer.unknown_currencies]
    if not active:
        return None
    unit, digits = 10**model.money.digits, exponent(model.money.currency)
    current = [worth.total / 10**digits for worth in current_values(active, model, digits=digits)]
    columns = (
        current,
        [(customer.paid - customer.production_cost) / unit for customer in active],
        [customer.days_in_year for customer in active],
        [(customer.costs.service + customer.costs.remedies) / unit for customer in active],
    )
    found = ReferenceYear(
        *(round(float(np.quantile(column, REFERENCE_QUANTILE)), REFERENCE_DIGITS) for column in columns)
    )
    return found if found.current > 0 else None


def _tiers(customers: Sequence[Features], model: Model) -> dict[str, str]:
    digits = exponent(model.money.currency)
    amounts = [float(result.value.amount) for result in score(customers, model)]
    cuts = {"A": np.quantile(amounts, TIER_A_QUANTILE), "B": np.quantile(amounts, TIER_B_QUANTILE)}
    return {tier: f"{cut:.{digits}f}" for tier, cut in cuts.items()}
