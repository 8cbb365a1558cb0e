"""SQL of returns."""

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.newest_first import newest_first
from heed_customer.commerce.purchases.tables import Purchase
from heed_customer.commerce.returns.rules import ReturnFilter
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


async def list_returns(
    session: AsyncSession, filters: ReturnFilter, *, after: tuple[Any, ...] | None, limit: int
) -> Sequence[PurchaseReturn]:
    """Return a page, the latest recorded first; with a range of time the latest return first."""
    table = PurchaseReturn
    page = newest_first(
        select(table), filters.times, moment=table.occurred_at, row_id=table.id, after=after, limit=limit
    )
    if filters.purchase_ids:
        page = page.where(table.purchase_id.in_(filters.purchase_ids))
    if filters.customer_ids is not None:
        bought = select(Purchase.id).where(Purchase.customer_id.in_(filters.customer_ids))
        page = page.where(table.purchase_id.in_(bought))
    if filters.external_ids:
        page = page.where(table.external_id.in_(filters.external_ids))
    if filters.reasons:
        page = page.where(table.reason.in_(filters.reasons))
    return (await session.scalars(page)).all()


async def insert_returns(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, PurchaseReturn]:
    """Insert the returns, in the order of the external_ids, so that two groups never deadlock.

    Return them by id, without those whose external_id a concurrent return of another purchase has.
    """
    inserted = await session.scalars(INSERT_RETURNS, sorted(map(dict, rows), key=itemgetter("external_id")))
    return {row.id: row for row in inserted}
