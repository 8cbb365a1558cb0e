"""Retention of imports: reports are purged, imported customers and purchases are not."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.retention import Purge, purge_by
from heed_customer.imports import repository

STALE_AFTER = timedelta(hours=1)
"""An upload without activity for this long is considered aborted."""
DELETE_PROBLEMS = text("""
    DELETE FROM import_problem WHERE id IN (
        SELECT problem.id FROM import JOIN import_problem AS problem ON problem.import_id = import.id
        WHERE import.finished_at < :before LIMIT :page
    )
""")
DELETE_CHUNKS = text("""
    DELETE FROM import_chunk WHERE (import_id, number) IN (
        SELECT chunk.import_id, chunk.number FROM import JOIN import_chunk AS chunk ON chunk.import_id = import.id
        WHERE import.finished_at < :before LIMIT :page
    )
""")
"""Chunks of failed files; processed chunks are deleted already."""
DELETE_IMPORTS = text("""
    DELETE FROM import WHERE id IN (
        SELECT id FROM import WHERE finished_at < :before
            AND NOT EXISTS (SELECT FROM import_problem WHERE import_id = import.id)
            AND NOT EXISTS (SELECT FROM import_chunk WHERE import_id = import.id)
        LIMIT :page
    )
""")


def purges(*, days: int) -> Mapping[str, Purge]:
    """Return the purges by table. Rows that refer to an import are deleted before it, in separate pages."""
    age = timedelta(days=days)
    return {
        "import_problem": purge_by(DELETE_PROBLEMS, age=age),
        "import_chunk": purge_by(DELETE_CHUNKS, age=age),
        "import": purge_by(DELETE_IMPORTS, age=age),
    }


async def delete_stale_imports(session: AsyncSession, *, now: datetime) -> int:
    """Delete imports whose uploads were aborted without notice. Return their number."""
    return await repository.delete_stale(session, before=now - STALE_AFTER)
