"""Currency change of a model: amounts of its fit are converted, or dropped without a rate. Pure."""

from dataclasses import replace
from decimal import Decimal

from heed_common.currencies import exponent
from heed_scoring.engine.model import Model, Population, ReferenceYear, built_in_tiers
from heed_scoring.engine.money import Money


def convert(model: Model, money: Money) -> Model:
    """Return the model in a new currency; without an exchange rate fitted amounts are dropped."""
    rate = money.rate(model.money.currency)
    if money.currency == model.money.currency:
        return replace(model, money=money)
    if not model.fitted:
        return replace(model, money=money, tiers=built_in_tiers(money.currency))
    if rate is None:
        built_in = built_in_tiers(money.currency)
        return replace(model, money=money, margin=None, tiers=built_in, population=Population())
    return _converted(model, money, rate)


def _converted(model: Model, money: Money, rate: Decimal) -> Model:
    margin, population, digits = model.margin, model.population, exponent(money.currency)
    converted = {tier: f"{Decimal(least) * rate:.{digits}f}" for tier, least in model.tiers.items()}
    return replace(
        model,
        money=money,
        # Of the Gamma-Gamma's parameters only the last one has money as its unit.
        margin=margin and replace(margin, v=margin.v * float(rate)),
        tiers=converted if population.is_many else built_in_tiers(money.currency),
        population=replace(
            population, standard=population.standard and _convert_reference(population.standard, float(rate))
        ),
    )


def _convert_reference(standard: ReferenceYear, rate: float) -> ReferenceYear:
    return replace(
        standard,
        current=standard.current * rate,
        gross_profit=standard.gross_profit * rate,
        service_cost=standard.service_cost * rate,
    )
