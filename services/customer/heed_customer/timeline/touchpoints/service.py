"""Use cases of touchpoints."""

from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.records.customers.service import Family
from heed_customer.timeline.touchpoints import repository
from heed_customer.timeline.touchpoints.rules import Dimension, Period, TouchpointCount

MAX_COUNTS = 2000


async def count_touchpoints(
    session: AsyncSession, *, family: Family, dimension: Dimension, period: Period, confidential: bool
) -> tuple[list[TouchpointCount], bool]:
    """Return the counts, the latest month first, and whether earlier ones were left out."""
    counts = await repository.count_touchpoints(
        session, family.ids, dimension=dimension, period=period, confidential=confidential, limit=MAX_COUNTS + 1
    )
    return counts[:MAX_COUNTS], len(counts) > MAX_COUNTS
