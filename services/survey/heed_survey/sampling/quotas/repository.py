"""SQL of quotas. Writes take row locks in the order of the names."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.sampling.quotas.tables import QuotaCount

# A row that another transaction has just counted is locked until that one ends, and its limit is checked after that.
COUNT_RESPONSE = text("""
    INSERT INTO quota_count AS quota (survey_id, name, taken)
    SELECT CAST(:survey_id AS uuid), name, 1
    FROM unnest(CAST(:names AS text[]), CAST(:limits AS integer[])) AS limited (name, quota_limit)
    WHERE quota_limit > 0
    ORDER BY name
    ON CONFLICT (survey_id, name) DO UPDATE SET taken = quota.taken + 1
    WHERE quota.taken < (
        SELECT quota_limit FROM unnest(CAST(:names AS text[]), CAST(:limits AS integer[])) AS again (name, quota_limit)
        WHERE again.name = quota.name
    )
    RETURNING name
""")


async def count_response(session: AsyncSession, survey_id: UUID, limits: Mapping[str, int]) -> set[str]:
    """Add one to each of the quotas that is not full, and return the names of those."""
    names = sorted(limits)
    params = {"survey_id": survey_id, "names": names, "limits": [limits[name] for name in names]}
    return set(await session.scalars(COUNT_RESPONSE, params))


async def add_counts(session: AsyncSession, survey_id: UUID, counts: Mapping[str, int]) -> None:
    """Add to the counts without a look at the limits."""
    if not counts:
        return
    rows = [{"survey_id": survey_id, "name": name, "taken": counts[name]} for name in sorted(counts)]
    statement = insert(QuotaCount)
    added = {"taken": QuotaCount.taken + statement.excluded.taken}
    await session.execute(statement.on_conflict_do_update(index_elements=["survey_id", "name"], set_=added), rows)


async def load_counts(session: AsyncSession, survey_id: UUID) -> dict[str, int]:
    rows = await session.execute(select(QuotaCount.name, QuotaCount.taken).where(QuotaCount.survey_id == survey_id))
    return {row.name: row.taken for row in rows}
