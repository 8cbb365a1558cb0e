"""Value pyramid: customers and value by tier."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_plots.numbers import percent, proportion
from heed_scoring.insights.portfolio import repository, texts
from heed_scoring.insights.portfolio.current_model import TIERS, ZERO, model_in_force
from heed_scoring.insights.portfolio.schemas import PyramidOut, Tier, TierOut


async def get_value_pyramid(session: AsyncSession, *, language: Language) -> PyramidOut:
    """Return customers and value by tier."""
    model = await model_in_force(session)
    found = await repository.tiers(session)
    value = sum((row.value for row in found.values()), ZERO)
    customers = sum(row.customers for row in found.values())
    tiers = [_tier(tier, found.get(tier), customers, value, language) for tier in TIERS]
    upper = tiers[: len(tiers) // 2]
    finding = texts.translate(language, "pyramid.worthless" if customers else "nothing")
    if value > 0:
        finding = texts.translate(
            language,
            "pyramid.found",
            share=proportion(language, sum(tier.customers for tier in upper), customers),
            value_share=percent(sum((tier.value for tier in upper), ZERO), value),
        )
    return PyramidOut(
        finding=finding,
        currency=model.money.currency,
        customers=customers,
        value=value,
        value_at_risk=sum((row.value_at_risk for row in found.values()), ZERO),
        tiers=tiers,
    )


def _tier(tier: Tier, found: Row[Any] | None, customers: int, value: Decimal, language: Language) -> TierOut:
    count, worth, potential, at_risk = (
        (found.customers, found.value, found.potential, found.value_at_risk) if found else (0, ZERO, ZERO, ZERO)
    )
    return TierOut(
        tier=tier,
        label=texts.label(language, "tier", tier),
        customers=count,
        share=_share(count, customers),
        value=worth,
        current=worth - potential,
        potential=potential,
        value_share=_share(worth, value),
        value_at_risk=at_risk,
    )


def _share(part: Decimal | int, whole: Decimal | int) -> float | None:
    """To six digits; empty where there is nothing to share."""
    return round(float(part) / float(whole), 6) if whole > 0 else None
