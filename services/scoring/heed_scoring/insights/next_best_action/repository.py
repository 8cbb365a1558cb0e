"""The queries of the next best action."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, cast
from sqlalchemy.ext.asyncio import AsyncSession

from heed_scoring.insights.next_best_action.rules import LoyaltyClass
from heed_scoring.scores import repository as scores
from heed_scoring.scores.score_document import PublishedScore
from heed_scoring.tables import Customer, CustomerFacts


async def scored_customer(session: AsyncSession, customer_id: UUID) -> PublishedScore | None:
    """The published score of a customer who has one."""
    query = scores.SELECT_PUBLISHED.where(Customer.customer_id == customer_id)
    return next(iter(await scores.published_scores(session, query, after=None, limit=1)), None)


async def by_loyalty_class(
    session: AsyncSession, loyalty_class: LoyaltyClass | None, *, after: tuple[Decimal, UUID] | None, limit: int
) -> list[PublishedScore]:
    """Customers of a class of loyalty, or all, the largest value at risk first."""
    query = scores.SELECT_PUBLISHED
    if loyalty_class is not None:
        published_class = cast(CustomerFacts.published_numbers, JSON)[("loyalty", "class")].as_string()
        query = query.where(
            published_class.is_(None) if loyalty_class == "unknown" else published_class == loyalty_class
        )
    return await scores.published_scores(session, query, after=after, limit=limit)
