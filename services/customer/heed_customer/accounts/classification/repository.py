"""SQL of classification."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.accounts.classification.tables import ClassificationOverride, ClassificationRules


async def load_rules(session: AsyncSession) -> dict[str, ClassificationRules]:
    """Return the rules that operators have stored, by aspect."""
    return {row.aspect: row for row in await session.scalars(select(ClassificationRules))}


async def lock_rules(session: AsyncSession, aspect: str) -> ClassificationRules | None:
    return await session.get(ClassificationRules, aspect, with_for_update=True, populate_existing=True)


async def add_rules(session: AsyncSession, rules: ClassificationRules) -> None:
    session.add(rules)
    await session.flush()


async def add_override(session: AsyncSession, override: ClassificationOverride) -> None:
    session.add(override)
    await session.flush()


async def latest_overrides(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[str, ClassificationOverride]:
    """Return the newest decision on each aspect of customers who are one, with those that end an override."""
    table = ClassificationOverride
    query = (
        select(table)
        .ext(distinct_on(table.aspect))
        .where(table.customer_id.in_(customer_ids))
        .order_by(table.aspect, table.id.desc())
    )
    return {row.aspect: row for row in await session.scalars(query)}


async def list_latest_overrides(
    session: AsyncSession, customer_ids: Collection[UUID]
) -> Sequence[ClassificationOverride]:
    """Return the newest decision on each aspect of each of the customers, oldest first."""
    table = ClassificationOverride
    query = (
        select(table)
        .ext(distinct_on(table.customer_id, table.aspect))
        .where(table.customer_id.in_(customer_ids))
        .order_by(table.customer_id, table.aspect, table.id.desc())
    )
    return sorted(await session.scalars(query), key=lambda row: row.id)


async def list_overrides(
    session: AsyncSession, customer_ids: Collection[UUID], *, after: UUID | None, limit: int
) -> Sequence[ClassificationOverride]:
    """Return a page of decisions, the newest first."""
    table = ClassificationOverride
    query = select(table).where(table.customer_id.in_(customer_ids)).order_by(table.id.desc()).limit(limit)
    return (await session.scalars(query if after is None else query.where(table.id < after))).all()
