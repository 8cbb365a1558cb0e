"""Every query of interactions and referrals."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_customer.merges import repository as merges
from heed_customer.tables import Interaction, Referral

R = TypeVar("R", Interaction, Referral)

IS_REFERRED_BY = text(f"""
    WITH RECURSIVE reached (id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT next.id FROM reached CROSS JOIN LATERAL (
            SELECT customer_id AS id FROM referral WHERE referred_customer_id = reached.id
            UNION ALL
            {merges.MERGED_WITH_REACHED}
        ) AS next
    )
    SELECT EXISTS (SELECT FROM reached WHERE id = CAST(:by AS uuid))
""")  # noqa: S608 - of constants
"""Walks from a customer to who referred them, and on from these, at each step through all who are merged with them."""


async def insert_once(session: AsyncSession, table: type[R], row: dict[str, object]) -> R | None:
    """None when the external_id is here already."""
    statement = insert(table).values(row).on_conflict_do_nothing(index_elements=["external_id"]).returning(table)
    return (await session.execute(statement)).scalar_one_or_none()


async def read_by_external_id(session: AsyncSession, table: type[R], external_id: object) -> R:
    return (await session.execute(select(table).where(table.external_id == external_id))).scalar_one()


async def has_external_id(session: AsyncSession, table: type[R], external_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(table.external_id == external_id))))


async def lock_referrals(session: AsyncSession) -> None:
    """Let no other referral be recorded until the transaction ends: a cycle may close over customers neither names."""
    await advisory_locks.lock(session, AdvisoryLock.REFERRALS)


async def referrals_of(session: AsyncSession, referred_id: UUID) -> Sequence[Referral]:
    """Return who referred this customer, or anyone merged with them; the oldest first."""
    family = await merges.family_of(session, referred_id)
    statement = select(Referral).where(Referral.referred_customer_id.in_(family))
    return (await session.scalars(statement.order_by(Referral.recorded_at, Referral.id))).all()


async def is_referred_by(session: AsyncSession, customer_id: UUID, by: UUID) -> bool:
    """Return whether the customer was referred by that one, over any number of others."""
    return bool(await session.scalar(IS_REFERRED_BY, {"id": customer_id, "by": by}))
