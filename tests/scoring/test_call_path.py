"""From a complaint to its score: few files to open, few frames to step through."""

from uuid import uuid4

import pytest

from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from tests.scoring.call_path import record_calls
from tests.scoring.factories import make_complaint, make_purchase, received
from tests.scoring.outbox import published

MAX_WIRING_FILES = 16
"""Of handlers, scores and identities: those that one opens to follow the event; engine and ledger are pure."""
MAX_FRAMES = 10

pytestmark = pytest.mark.asyncio


async def test_an_opened_complaint_changes_the_score_within_few_frames(scoring_database, clock):
    customer_id = uuid4()
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, [received(make_purchase(customer_id))], clock=clock)
    async with scoring_database.transaction() as session:
        with record_calls("heed_scoring") as path:
            await handlers.process_batch(session, [received(make_complaint(customer_id))], clock=clock)
    assert len(await published(scoring_database, ScoreChanged)) == 2
    print("\n".join(path.lines()))
    wiring = {file for file in path.files if file.split("/")[1] not in {"engine", "ledger"}}
    assert (len(wiring) <= MAX_WIRING_FILES, len(path.deepest) <= MAX_FRAMES) == (True, True), path.lines()
