"""Complaints that were imported after the backup which is restored: they come back from their events, once."""

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from heed_common.recovery import Published, RecoveryOutcome
from heed_complaint.recovery import recover
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.intake.imports.test_imports import make_line, make_move
from tests.complaint.intake.imports.test_lived_and_imported import as_lines, import_lines

pytestmark = pytest.mark.asyncio


async def test_an_import_that_is_repeated_after_a_restore_makes_no_second_complaint(client, complaint_database, clock):
    line = as_lines([make_line(transitions=[make_move("accept", 19), make_move("complete", 18, resolution="Done")])])
    await import_lines(client, complaint_database, clock, line)
    async with complaint_database.transaction() as session:
        (imported,) = await staged_events(session)
        await session.execute(text("TRUNCATE complaint, outbox CASCADE"))
    received = decode(Record("heed.complaint", 0, 0, None, imported.model_dump_json().encode()))
    async with complaint_database.transaction() as session:
        (finding,) = await recover(session, Published([received], epoch=0, currency="USD"), clock.now())
    assert finding.outcome is RecoveryOutcome.LOST

    for on_conflict, result in (("reject", "rejected"), ("keep", "kept")):
        report = await import_lines(client, complaint_database, clock, line, on_conflict=on_conflict)
        assert (report["results"]["created"], report["results"][result]) == (0, 1)
    (complaint,) = (await client.get("/v1/complaints")).json()["items"]
    assert (complaint["id"], complaint["external_id"]) == (imported.subject, imported.data["external_id"])
    async with complaint_database.transaction() as session:
        assert "complaint.imported" not in names(await staged_events(session))
