"""The reports on what there is: the pyramid of value, and where most of it is at risk."""

from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_common.paging import PageRequest, paginate
from heed_plots.numbers import percent
from heed_scoring.engine.model import Model
from heed_scoring.explain.visible import Visible
from heed_scoring.insights.portfolio import repository, texts
from heed_scoring.insights.portfolio.schemas import AtRiskItem, AtRiskOut, PyramidOut, Tier, TierOut
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores import repository as customers_repository
from heed_scoring.scores.confidentiality import service as confidentiality
from heed_scoring.tables import Customer

TIERS: tuple[Tier, ...] = get_args(Tier)
NOTHING = Decimal(0)


async def value_pyramid(session: AsyncSession, *, language: Language) -> PyramidOut:
    """Which few customers hold most of the value."""
    model = await model_in_force(session)
    found = await repository.tiers(session)
    value = sum((row.value for row in found.values()), NOTHING)
    customers = sum(row.customers for row in found.values())
    tiers = [_tier(tier, found.get(tier), customers, value, language) for tier in TIERS]
    upper = tiers[: len(tiers) // 2]
    finding = texts.say(
        language,
        "pyramid.found",
        share=percent(sum(tier.customers for tier in upper), customers),
        value_share=percent(sum((tier.value for tier in upper), NOTHING), value),
    )
    return PyramidOut(
        finding=finding if customers and value > 0 else texts.say(language, "nothing"),
        currency=model.money.currency,
        customers=customers,
        value=value,
        value_at_risk=sum((row.value_at_risk for row in found.values()), NOTHING),
        tiers=tiers,
    )


def _tier(tier: Tier, found: Row[Any] | None, customers: int, value: Decimal, language: Language) -> TierOut:
    count, worth, potential, at_risk = (
        (found.customers, found.value, found.potential, found.value_at_risk)
        if found
        else (0, NOTHING, NOTHING, NOTHING)
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


async def value_at_risk(
    session: AsyncSession, *, page: PageRequest, confidential: bool, language: Language
) -> AtRiskOut:
    """List customers by value at risk, with the reasons why they might leave, as far as the caller may see them."""
    model = await model_in_force(session)
    rows = await customers_repository.by_value_at_risk(session, after=page.after(Decimal, UUID), limit=page.fetch_limit)
    items, cursor = paginate(rows, page, key=lambda row: (row.value_at_risk, row.customer_id))
    shown = await confidentiality.visible_rows(session, items, confidential=confidential)
    total = await repository.value_at_risk(session)
    return AtRiskOut(
        finding=texts.at_risk(language, [row.value_at_risk or NOTHING for row in items], total, model.money.currency),
        currency=model.money.currency,
        total=total,
        items=[_at_risk(row, told, language) for row, told in zip(items, shown, strict=True)],
        next_cursor=cursor,
    )


def _at_risk(row: Customer, told: Visible, language: Language) -> AtRiskItem:
    risk = told["churn_risk"]
    return AtRiskItem(
        customer_id=row.customer_id,
        value_at_risk=row.value_at_risk or NOTHING,
        potential=row.potential or NOTHING,
        probability=risk["probability"],
        band=risk["band"],
        band_label=texts.label(language, "band", risk["band"]),
        reason=risk["reason"],
        reason_label=texts.label(language, "reason", risk["reason"]),
        tier=told["value"]["tier"],
    )


async def model_in_force(session: AsyncSession) -> Model:
    version = await models_repository.in_force_at(session, None)
    assert version is not None  # noqa: S101 - the first migration promotes the built-in one
    return (await models_repository.get_model(session, version)).read()


def _share(part: Decimal | int, whole: Decimal | int) -> float | None:
    """To six digits; empty where there is nothing to share."""
    return round(float(part) / float(whole), 6) if whole > 0 else None
