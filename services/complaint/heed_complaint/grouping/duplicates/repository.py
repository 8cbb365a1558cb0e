"""SQL of the duplicate search."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.tables import Complaint
from heed_complaint.core.visibility import visible
from heed_complaint.grouping.duplicates.rules import ComparisonFields

COLUMNS = [getattr(Complaint, name) for name in ComparisonFields.__dataclass_fields__]


def comparison_fields(complaint: Complaint) -> ComparisonFields:
    return ComparisonFields(**{name: getattr(complaint, name) for name in ComparisonFields.__dataclass_fields__})


async def load_candidates(
    session: AsyncSession,
    complaint: Complaint,
    *,
    family: Collection[UUID],
    within: timedelta,
    confidential: bool,
    limit: int,
) -> list[ComparisonFields]:
    """Return complaints of the same customer, product or category, near in time; the customer's own first."""
    of_customer = Complaint.customer_id.in_(sorted(family))
    in_common = [of_customer, Complaint.category == complaint.category]
    if complaint.product_key is not None:
        in_common.append(Complaint.product_key == complaint.product_key)
    query = (
        select(*COLUMNS)
        .where(
            or_(*in_common),
            Complaint.received_at.between(complaint.received_at - within, complaint.received_at + within),
            Complaint.id != complaint.id,
            Complaint.merged_into.is_(None),
            visible(confidential=confidential),
        )
        .order_by(of_customer.desc(), Complaint.id.desc())
        .limit(limit)
    )
    return [ComparisonFields(**row._mapping) for row in await session.execute(query)]
