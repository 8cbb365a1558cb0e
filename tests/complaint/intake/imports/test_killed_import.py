"""A process that is killed in the midst of an import: no complaint is lost, and none is stored or counted twice."""

import asyncio
from datetime import datetime
from multiprocessing.synchronize import Event

import pytest
from sqlalchemy import text

from heed_common.database import Database
from heed_complaint.intake.imports import service
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.intake.imports.test_imports import make_line, make_move
from tests.complaint.intake.imports.test_lived_and_imported import EARLIEST, NDJSON, as_lines
from tests.conftest import TEST_CIPHER
from tests.faults.processes import started
from tests.forks import FORKS

pytestmark = [pytest.mark.asyncio, pytest.mark.slow, pytest.mark.alone]

LINES = 40
DESCRIPTION = "It does not start. " * 500
"""So long that the lines are two chunks."""
STORED = text("""
    SELECT (SELECT count(*) FROM complaint), (SELECT count(*) FROM history_entry WHERE action = 'import'),
        (SELECT count(*) FROM history_entry WHERE action = 'accept'), (SELECT count(*) FROM complaint_import_chunk)
""")


def import_and_wait(url: str, now: datetime, is_amid: Event) -> None:
    asyncio.run(_import_and_wait(url, now, is_amid))


async def _import_and_wait(url: str, now: datetime, is_amid: Event) -> None:
    """Commit the first chunk, and wait with everything of the second one written and nothing committed."""
    database = Database(url)
    database.cipher = TEST_CIPHER
    await process_chunk(database, now)
    async with database.transaction() as session:
        assert await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=now)
        await session.flush()
        is_amid.set()
        await asyncio.sleep(60)


async def process_chunk(database: Database, now: datetime) -> bool:
    async with database.transaction() as session:
        return await service.process_next_chunk(session, currency="USD", earliest=EARLIEST, now=now)


async def test_an_import_that_is_killed_goes_on_where_it_was(client, complaint_database, databases, clock):
    lines = [
        make_line(description=DESCRIPTION, external_id=f"t-{number}", transitions=[make_move("accept", 19)])
        for number in range(LINES)
    ]
    upload = await client.post("/v1/imports/complaints", content=as_lines(lines), headers=NDJSON)
    is_amid = FORKS.Event()
    url = databases.url(str(complaint_database.url.database))
    with started(import_and_wait, url, clock.now(), is_amid):
        assert await asyncio.to_thread(is_amid.wait, 60)
    report = (await client.get(upload.headers["Location"])).json()
    assert report["state"] == "running"
    assert 0 < report["results"]["created"] == report["lines"]["done"] < LINES

    while await process_chunk(complaint_database, clock.now()):
        pass
    report = (await client.get(upload.headers["Location"])).json()
    assert report["state"] == "done"
    assert report["results"] == {"created": LINES, "unchanged": 0, "kept": 0, "rejected": 0}
    async with complaint_database.transaction() as session:
        assert (await session.execute(STORED)).one() == (LINES, LINES, LINES, 0)
        events = await staged_events(session)
    assert names(events) == ["complaint.imported"] * LINES
    assert len({event.subject for event in events}) == LINES
