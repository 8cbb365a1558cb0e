"""Which of the four situations a customer is in: current and potential value, each had directly or from indicators."""

from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model

MIN_RATED_SHARE = 0.5
"""The share of purchases that can be added up from which on the current value is known directly."""


def has_direct_current(customer: Features, model: Model) -> bool:
    """Where most purchases have no rate the others would stand for all; without a standard there is no other way."""
    return customer.rated_share >= MIN_RATED_SHARE or model.population.standard is None


def has_direct_potential(model: Model) -> bool:
    """A purchase model speaks for single customers when it was learnt from many; before the first fit it was not."""
    return model.fitted and model.population.is_many


def valuation_method(customer: Features, model: Model) -> str:
    """How current and potential value came about, in this order."""
    if customer.purchase_days == 0:
        return "no_purchase/none"
    direct = "direct_default_margin" if customer.estimated else "direct"
    current = direct if has_direct_current(customer, model) else "indicators"
    return f"{current}/{'direct' if has_direct_potential(model) else 'indicators'}"
