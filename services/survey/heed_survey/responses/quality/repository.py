"""SQL of duplicates."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.responses.quality.rules import Identity

# A hash is looked up, not joined: thousands may have answered the same.
SELECT_EARLIER = text("""
    SELECT DISTINCT customer_id, CAST(answered_at AT TIME ZONE 'UTC' AS date) AS answered_on,
        CAST(NULL AS bytea) AS answers_hash
    FROM response WHERE survey_id = :survey_id AND customer_id = ANY(CAST(:customer_ids AS uuid[]))
    UNION ALL
    SELECT NULL, NULL, answers_hash FROM unnest(CAST(:hashes AS bytea[])) AS given(answers_hash)
    WHERE EXISTS (
        SELECT FROM response WHERE survey_id = :survey_id AND response.answers_hash = given.answers_hash
    )
""").bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))


async def find_earlier(session: AsyncSession, survey_id: UUID, identities: Sequence[Identity]) -> list[Identity]:
    """Return what earlier responses to the survey have in common with one of these."""
    customers = sorted({identity.customer_id for identity in identities if identity.customer_id is not None})
    hashes = sorted({identity.answers_hash for identity in identities if identity.answers_hash is not None})
    if not customers and not hashes:
        return []
    params = {"survey_id": survey_id, "customer_ids": customers, "hashes": hashes}
    rows = await session.execute(SELECT_EARLIER, params)
    return [Identity(row.customer_id, row.answered_on, row.answers_hash) for row in rows]
