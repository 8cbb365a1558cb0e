"""Portfolio of the fit: RFM cut-offs and clusters as the model in force stores them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_scoring.models.versions import repository as models_repository


class FittedPortfolio(NamedTuple):
    """Portfolio of the model in force; empty if it was not fitted, or in another currency."""

    model_version: str
    currency: str
    content: Mapping[str, Any]

    def head(self) -> dict[str, Any]:
        until = self.content.get("observed_until")
        return {
            "model_version": self.model_version,
            "observed_until": date.fromisoformat(until) if until else None,
            "currency": self.currency,
            "customers": self.content.get("customers", 0),
        }

    def money(self, amount: float) -> Decimal:
        return round_to_minor_unit(Decimal(repr(amount)), self.currency)


async def load_fitted_portfolio(session: AsyncSession) -> FittedPortfolio:
    version = await models_repository.in_force_at(session, None)
    assert version is not None  # noqa: S101 - the first migration promotes the built-in one
    model = await models_repository.get_model(session, version)
    currency = model.read().money.currency
    stored = model.portfolio or {}
    return FittedPortfolio(version, currency, stored if stored.get("currency") == currency else {})
