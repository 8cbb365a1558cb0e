"""Every query of interactions and referrals."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.tables import Interaction, Referral

R = TypeVar("R", Interaction, Referral)


async def insert_once(session: AsyncSession, table: type[R], row: dict[str, object]) -> R | None:
    """None when the external_id is here already."""
    statement = insert(table).values(row).on_conflict_do_nothing(index_elements=["external_id"]).returning(table)
    return (await session.execute(statement)).scalar_one_or_none()


async def read_by_external_id(session: AsyncSession, table: type[R], external_id: object) -> R:
    return (await session.execute(select(table).where(table.external_id == external_id))).scalar_one()
