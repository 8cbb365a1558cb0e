"""Model in force, and the tiers of value, for the reports."""

from decimal import Decimal
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.engine.model import Model
from heed_scoring.insights.portfolio.schemas import Tier
from heed_scoring.models.versions import repository as models_repository

TIERS: tuple[Tier, ...] = get_args(Tier)
ZERO = Decimal(0)


async def model_in_force(session: AsyncSession) -> Model:
    version = await models_repository.in_force_at(session, None)
    assert version is not None  # noqa: S101 - the first migration promotes the built-in one
    return (await models_repository.get_model(session, version)).read()
