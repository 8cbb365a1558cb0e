"""SQL of quotas. Writes take row locks in the order of the names."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select, text
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

# The update changes nothing but locks the row, and returns the count that the previous transaction has committed.
LOCK_COUNTS = text("""
    INSERT INTO quota_count AS quota (survey_id, name, taken)
    SELECT CAST(:survey_id AS uuid), name, 0 FROM unnest(CAST(:names AS text[])) AS named (name)
    ORDER BY name
    ON CONFLICT (survey_id, name) DO UPDATE SET taken = quota.taken
    RETURNING name, taken
""")
ADD_COUNTS = text("""
    UPDATE quota_count SET taken = quota_count.taken + added
    FROM unnest(CAST(:names AS text[]), CAST(:added AS integer[])) AS new (name, added)
    WHERE quota_count.survey_id = :survey_id AND quota_count.name = new.name
""")


async def count_response(session: AsyncSession, survey_id: UUID, limits: Mapping[str, int]) -> set[str]:
    """Add one to each of the quotas that is not full, and return the names of those."""
    names = sorted(limits)
    params = {"survey_id": survey_id, "names": names, "limits": [limits[name] for name in names]}
    return set(await session.scalars(COUNT_RESPONSE, params))


async def lock_counts(session: AsyncSession, survey_id: UUID, names: Collection[str]) -> dict[str, int]:
    """Lock the counts of these quotas until the transaction ends, and return them."""
    if not names:
        return {}
    rows = await session.execute(LOCK_COUNTS, {"survey_id": survey_id, "names": sorted(names)})
    return {row.name: row.taken for row in rows}


async def add_counts(session: AsyncSession, survey_id: UUID, added: Mapping[str, int]) -> None:
    """Add to counts that are locked."""
    if added:
        names = sorted(added)
        params = {"survey_id": survey_id, "names": names, "added": [added[name] for name in names]}
        await session.execute(ADD_COUNTS, params)


async def load_counts(session: AsyncSession, survey_id: UUID) -> dict[str, int]:
    rows = await session.execute(select(QuotaCount.name, QuotaCount.taken).where(QuotaCount.survey_id == survey_id))
    return {row.name: row.taken for row in rows}
