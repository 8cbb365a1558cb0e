"""SQL of duplicates."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.responses.quality.rules import Identity
from heed_survey.responses.tables import Response


async def find_earlier(session: AsyncSession, survey_id: UUID, identities: Sequence[Identity]) -> list[Identity]:
    """Return what earlier responses to the survey have in common with one of these."""
    customers = sorted({identity.customer_id for identity in identities if identity.customer_id is not None})
    hashes = sorted({identity.answers_hash for identity in identities if identity.answers_hash is not None})
    if not customers and not hashes:
        return []
    query = select(Response.customer_id, Response.answered_at, Response.answers_hash).where(
        Response.survey_id == survey_id,
        or_(Response.customer_id.in_(customers), Response.answers_hash.in_(hashes)),
    )
    rows = await session.execute(query)
    return [Identity(row.customer_id, row.answered_at.date(), row.answers_hash) for row in rows]
