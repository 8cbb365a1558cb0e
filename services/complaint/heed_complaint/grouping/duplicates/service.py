"""Which complaints might be one. They are shown; nobody but people merges them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core import repository as complaints
from heed_complaint.core.customers import families
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.grouping.duplicates import repository, rules
from heed_complaint.grouping.duplicates.rules import Likeness

MOST_CANDIDATES = 200


async def find(session: AsyncSession, *, complaint_id: UUID, days: int, confidential: bool) -> list[Likeness]:
    """The likeliest first, each with its reasons."""
    complaint = await complaints.load_complaint(session, complaint_id)
    if complaint is None:
        raise ComplaintNotFound
    within = timedelta(days=days)
    family = await families.family_of(session, complaint.customer_id)
    others = await repository.candidates(
        session, complaint, family=family, within=within, confidential=confidential, limit=MOST_CANDIDATES
    )
    return rules.rank(repository.facts_of(complaint), others, family=family, within=within)
