"""Use case of the duplicate search. It only shows duplicates; people merge them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.grouping.duplicates import repository, rules
from heed_complaint.grouping.duplicates.rules import DuplicateScore

MAX_CANDIDATES = 200


async def find_duplicates(
    session: AsyncSession, *, complaint_id: UUID, days: int, confidential: bool
) -> list[DuplicateScore]:
    """Return likely duplicates with their reasons, the likeliest first. Raises `ComplaintNotFound`."""
    complaint = await complaints.load_complaint(session, complaint_id)
    if complaint is None:
        raise ComplaintNotFound
    within = timedelta(days=days)
    family = await families.family_of(session, complaint.customer_id)
    others = await repository.load_candidates(
        session, complaint, family=family, within=within, confidential=confidential, limit=MAX_CANDIDATES
    )
    return rules.rank_duplicates(repository.comparison_fields(complaint), others, family=family, within=within)
