"""SQL of quotes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.text import normalize_for_comparison
from heed_customer.commitments.quotes.rules import QuoteFilter
from heed_customer.commitments.quotes.tables import Quote

MAX_CONFLICTS = 20
"""Conflicts shown for one quote."""
SELECT_CONFLICTS = text("""
    SELECT quote.id, conflict.id AS conflict_id
    FROM quote CROSS JOIN LATERAL (
        SELECT other.id FROM quote AS other
        WHERE other.customer_id = ANY(CAST(:customer_ids AS uuid[]))
            AND other.product_key = quote.product_key
            AND other.id <> quote.id
            AND other.withdrawn_at IS NULL
            AND (other.price, other.currency) <> (quote.price, quote.currency)
            AND tstzrange(other.valid_from, other.valid_to, '[]') && tstzrange(quote.valid_from, quote.valid_to, '[]')
        ORDER BY other.id
        LIMIT :max_conflicts
    ) AS conflict
    WHERE quote.id = ANY(CAST(:ids AS uuid[])) AND quote.withdrawn_at IS NULL
    ORDER BY quote.id, conflict.id
""")


async def add_quote(session: AsyncSession, quote: Quote) -> None:
    session.add(quote)
    await session.flush()


async def lock_quote(session: AsyncSession, quote_id: UUID) -> Quote | None:
    return await session.get(Quote, quote_id, with_for_update=True, populate_existing=True)


async def get_quote(session: AsyncSession, quote_id: UUID) -> Quote | None:
    return await session.get(Quote, quote_id)


async def list_quotes(
    session: AsyncSession, customer_ids: Collection[UUID], *, filters: QuoteFilter, after: UUID | None, limit: int
) -> Sequence[Quote]:
    """Return the quotes to these customers, the newest first."""
    query = select(Quote).where(Quote.customer_id.in_(customer_ids)).order_by(Quote.id.desc()).limit(limit)
    if filters.product is not None:
        query = query.where(Quote.product_key == normalize_for_comparison(filters.product))
    if filters.open_at is not None:
        query = query.where(_is_open(filters.open_at))
    return (await session.scalars(query if after is None else query.where(Quote.id < after))).all()


async def list_open_ids(
    session: AsyncSession, customer_ids: Collection[UUID], *, now: datetime, limit: int
) -> Sequence[UUID]:
    """Return the quotes to these customers that can still be accepted, the newest first."""
    query = select(Quote.id).where(Quote.customer_id.in_(customer_ids), _is_open(now))
    return (await session.scalars(query.order_by(Quote.id.desc()).limit(limit))).all()


async def find_conflicts(
    session: AsyncSession, quote_ids: Collection[UUID], *, customer_ids: Collection[UUID]
) -> dict[UUID, list[UUID]]:
    """Return for each quote those to these customers with another price for the same product at the same time."""
    params = {"ids": list(quote_ids), "customer_ids": list(customer_ids), "max_conflicts": MAX_CONFLICTS}
    conflicts: dict[UUID, list[UUID]] = {}
    for quote_id, conflict_id in await session.execute(SELECT_CONFLICTS, params):
        conflicts.setdefault(quote_id, []).append(conflict_id)
    return conflicts


def _is_open(moment: datetime) -> ColumnElement[bool]:
    return Quote.withdrawn_at.is_(None) & or_(Quote.valid_to.is_(None), Quote.valid_to >= moment)
