"""Reports of imports are purged; imported customers and purchases are not."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_customer.imports.processing import retention
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
PURGES = retention.purges(days=90)
IMPORT = text("""
    INSERT INTO import (id, kind, format, encoding, on_conflict, dry_run, state, lines_total, lines_done,
        lines_accepted, lines_created, lines_updated, lines_unchanged, lines_kept, lines_failed, created_at,
        last_activity_at, finished_at)
    VALUES (:id, 'customers', 'csv', 'utf-8', 'reject', false, :state, 1, 1, 0, 0, 0, 0, 0, 1, :now, :now, :finished_at)
""")
PROBLEM = text("INSERT INTO import_problem (import_id, line, code, reason) VALUES (:id, 7, 'wrong', 'is wrong')")
CHUNK = text("""
    INSERT INTO import_chunk (import_id, number, first_line, body, keys, "references")
    VALUES (:id, 1, 1, 'a name', '{}', '{}')
""")
LEFT = text("""
    SELECT (SELECT count(*) FROM import) AS imports, (SELECT count(*) FROM import_problem) AS problems,
        (SELECT count(*) FROM import_chunk) AS chunks
""")


async def test_an_import_goes_with_its_problems_and_chunks_and_one_that_is_under_way_stays(customer_database):
    long_ago = NOON - timedelta(days=91)
    async with customer_database.transaction() as session:
        for number, (state, finished_at) in enumerate(
            [("failed", long_ago), ("done", NOON - timedelta(days=89)), ("waiting", None)]
        ):
            values = {"id": UUID(int=number)}
            await session.execute(
                IMPORT, values | {"state": state, "now": long_ago - timedelta(days=9), "finished_at": finished_at}
            )
            await session.execute(PROBLEM, values)
            await session.execute(CHUNK, values)
    async with customer_database.transaction() as session:
        removed = {table: await purge(session, NOON) for table, purge in PURGES.items()}
        left = (await session.execute(LEFT)).one()
    assert removed == {"import_problem": 1, "import_chunk": 1, "import": 1}
    assert (left.imports, left.problems, left.chunks) == (2, 2, 2)
