"""Retention of imports: the purchases and customers stay, the report is purged."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from heed_common.retention import Purge, purge_by

PROBLEMS = text("""
    DELETE FROM import_problem WHERE id IN (
        SELECT problem.id FROM import JOIN import_problem AS problem ON problem.import_id = import.id
        WHERE import.finished_at < :before LIMIT :page
    )
""")
CHUNKS = text("""
    DELETE FROM import_chunk WHERE (import_id, number) IN (
        SELECT chunk.import_id, chunk.number FROM import JOIN import_chunk AS chunk ON chunk.import_id = import.id
        WHERE import.finished_at < :before LIMIT :page
    )
""")
"""Chunks of failed files; processed chunks are deleted already."""
IMPORTS = text("""
    DELETE FROM import WHERE id IN (
        SELECT id FROM import WHERE finished_at < :before
            AND NOT EXISTS (SELECT FROM import_problem WHERE import_id = import.id)
            AND NOT EXISTS (SELECT FROM import_chunk WHERE import_id = import.id)
        LIMIT :page
    )
""")


def purges(*, days: int) -> Mapping[str, Purge]:
    """Return the purges of imports, by table: rows that refer to an import are deleted before it, in separate pages."""
    age = timedelta(days=days)
    return {
        "import_problem": purge_by(PROBLEMS, age=age),
        "import_chunk": purge_by(CHUNKS, age=age),
        "import": purge_by(IMPORTS, age=age),
    }
