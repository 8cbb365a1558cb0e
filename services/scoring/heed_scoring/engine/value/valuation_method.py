"""Valuation method: current and potential value are each known directly or estimated from indicators."""

from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model

MIN_RATED_SHARE = 0.5
"""Share of purchases with a known rate from which the current value is known directly."""


def has_direct_current(customer: Features, model: Model) -> bool:
    """Return whether the current value is known directly; without a reference there is no other method."""
    return customer.rated_share >= MIN_RATED_SHARE or model.population.standard is None


def has_direct_potential(model: Model) -> bool:
    """Return whether the purchase model was fitted to enough customers to forecast single ones."""
    return model.fitted and model.population.is_many


def valuation_method(customer: Features, model: Model) -> str:
    """Return the methods of current and potential value, in this order."""
    if customer.purchase_days == 0:
        return "no_purchase/none"
    direct = "direct_default_margin" if customer.estimated else "direct"
    current = direct if has_direct_current(customer, model) else "indicators"
    return f"{current}/{'direct' if has_direct_potential(model) else 'indicators'}"
