"""SQL of customer merges. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.customers.tables import CustomerMerge

# Up to the last survivors, then down to all their duplicates. UNION also ends in cycles, which merges may form as long
# as only some of their events have arrived.
SELECT_FAMILIES = text("""
    WITH RECURSIVE up (id, survivor_id) AS (
        SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION
        SELECT up.id, merge.survivor_id
        FROM up JOIN customer_merge AS merge ON merge.duplicate_id = up.survivor_id
        WHERE merge.survivor_id IS NOT NULL
    ), family (id, member_id) AS (
        SELECT id, survivor_id FROM up
        UNION
        SELECT family.id, merge.duplicate_id
        FROM family JOIN customer_merge AS merge ON merge.survivor_id = family.member_id
    )
    SELECT id, member_id FROM family
""")


async def upsert_merges(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Upsert the merges; of each duplicate the highest version stays."""
    statement = insert(CustomerMerge)
    changed = {name: statement.excluded[name] for name in ("survivor_id", "version")}
    newer = CustomerMerge.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["duplicate_id"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["duplicate_id"])])


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return for each customer all customers merged with it, itself included."""
    families: dict[UUID, set[UUID]] = {}
    for row in await session.execute(SELECT_FAMILIES, {"ids": sorted(set(customer_ids))}):
        families.setdefault(row.id, set()).add(row.member_id)
    return families
