"""SQL of returns."""

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.commerce.returns.tables import PurchaseReturn

INSERT_RETURNS = insert(PurchaseReturn).on_conflict_do_nothing(index_elements=["external_id"]).returning(PurchaseReturn)


async def find_returns(
    session: AsyncSession, *, purchase_ids: Collection[UUID], external_ids: Collection[str]
) -> Sequence[PurchaseReturn]:
    """Return the returns of the purchases, and those with these external_ids of any purchase."""
    statement = select(PurchaseReturn).where(
        or_(PurchaseReturn.purchase_id.in_(purchase_ids), PurchaseReturn.external_id.in_(external_ids))
    )
    return (await session.scalars(statement)).all()


async def insert_returns(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, PurchaseReturn]:
    """Insert the returns, in the order of the external_ids, so that two groups never deadlock.

    Return them by id, without those whose external_id a concurrent return of another purchase has.
    """
    inserted = await session.scalars(INSERT_RETURNS, sorted(map(dict, rows), key=itemgetter("external_id")))
    return {row.id: row for row in inserted}
