"""Every query of merges. Writes take row locks in the order of the ids."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.customers.tables import Alias

# Up to the roots, then down to all their members; both end in circles too, which half of what was told may close.
FAMILIES = text("""
    WITH RECURSIVE up (id, here) AS (
        SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS row(id)
        UNION
        SELECT up.id, alias.survivor FROM up JOIN alias ON alias.member = up.here WHERE alias.survivor IS NOT NULL
    ), family (id, member) AS (
        SELECT id, here FROM up
        UNION
        SELECT family.id, alias.member FROM family JOIN alias ON alias.survivor = family.member
    )
    SELECT id, member FROM family
""")


async def write_aliases(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    statement = insert(Alias)
    changed = {name: statement.excluded[name] for name in ("survivor", "version")}
    newer = Alias.version < statement.excluded.version
    upsert = statement.on_conflict_do_update(index_elements=["member"], set_=changed, where=newer)
    await session.execute(upsert, [dict(row) for row in sorted(rows, key=lambda row: row["member"])])


async def families_of(session: AsyncSession, customer_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Of each customer all who are one with them, themselves among them."""
    found: dict[UUID, set[UUID]] = {}
    for row in await session.execute(FAMILIES, {"ids": sorted(set(customer_ids))}):
        found.setdefault(row.id, set()).add(row.member)
    return found
