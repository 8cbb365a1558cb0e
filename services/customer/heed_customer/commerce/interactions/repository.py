"""SQL of interactions and referrals."""

from collections.abc import Collection, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.commerce.interactions.tables import Interaction, Referral
from heed_customer.records.customers.identity import MERGED_WITH_REACHED_SQL

R = TypeVar("R", Interaction, Referral)

IS_REFERRED_BY = text(f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL (
            SELECT customer_id AS id FROM referral WHERE referred_customer_id = reached.id
            UNION ALL
            {MERGED_WITH_REACHED_SQL}
        ) AS next
    )
    SELECT EXISTS (SELECT FROM reached WHERE id = CAST(:by AS uuid))
""")  # noqa: S608 - of constants
"""Walks from a customer to those who referred it, through all customers merged with each of them."""


async def insert_if_new(session: AsyncSession, table: type[R], row: dict[str, object]) -> R | None:
    """Insert the row; None if its external_id exists."""
    statement = insert(table).values(row).on_conflict_do_nothing(index_elements=["external_id"]).returning(table)
    return (await session.execute(statement)).scalar_one_or_none()


async def get_by_external_id(session: AsyncSession, table: type[R], external_id: object) -> R:
    return (await session.execute(select(table).where(table.external_id == external_id))).scalar_one()


async def has_external_id(session: AsyncSession, table: type[R], external_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(table.external_id == external_id))))


async def list_interactions(
    session: AsyncSession,
    *,
    customer_ids: Collection[UUID] | None,
    channel: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Interaction]:
    """Return a page, the latest recorded first."""
    page = select(Interaction).order_by(Interaction.id.desc()).limit(limit)
    if customer_ids is not None:
        page = page.where(Interaction.customer_id.in_(customer_ids))
    if channel is not None:
        page = page.where(Interaction.channel == channel)
    if before is not None:
        page = page.where(Interaction.id < before)
    return (await session.scalars(page)).all()


async def lock_referrals(session: AsyncSession) -> None:
    """Let no other referral be recorded until the transaction ends: a cycle may close over customers neither names."""
    await advisory_locks.lock(session, AdvisoryLock.REFERRALS)


async def referrals_of(session: AsyncSession, referred_ids: Collection[UUID]) -> Sequence[Referral]:
    """Return the referrals of these customers, the oldest first."""
    statement = select(Referral).where(Referral.referred_customer_id.in_(referred_ids))
    return (await session.scalars(statement.order_by(Referral.recorded_at, Referral.id))).all()


async def is_referred_by(session: AsyncSession, customer_id: UUID, by: UUID) -> bool:
    """Return whether the customer was referred by that one, directly or through any number of others."""
    return bool(await session.scalar(IS_REFERRED_BY, {"id": customer_id, "by": by}))
