"""The queries of the next best action."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, cast, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.insights.next_best_action.rules import LoyaltyClass
from heed_scoring.tables import Customer


async def scored_customer(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """The row of a customer who has a score."""
    return await session.scalar(
        select(Customer).where(Customer.customer_id == customer_id, Customer.published_numbers.is_not(None))
    )


async def by_loyalty_class(
    session: AsyncSession, loyalty_class: LoyaltyClass | None, *, after: tuple[Decimal, UUID] | None, limit: int
) -> Sequence[Customer]:
    """Customers of a class of loyalty, or all, the largest value at risk first."""
    query = select(Customer).where(Customer.value_at_risk.is_not(None), Customer.published_numbers.is_not(None))
    if loyalty_class is not None:
        published_class = cast(Customer.published_numbers, JSON)[("loyalty", "class")].as_string()
        query = query.where(
            published_class.is_(None) if loyalty_class == "unknown" else published_class == loyalty_class
        )
    if after is not None:
        query = query.where(tuple_(Customer.value_at_risk, Customer.customer_id) < after)
    ordered = query.order_by(Customer.value_at_risk.desc(), Customer.customer_id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()
