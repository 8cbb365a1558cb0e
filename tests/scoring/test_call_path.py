"""From a complaint to its score: few files to open, few frames to step through (counted as in tests/call_path.py).

`pytest -s tests/scoring/test_call_path.py` prints the files and the deepest stack.
"""

from uuid import uuid4

import pytest

from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from tests.call_path import record_calls
from tests.repository.pure_folders import is_pure
from tests.scoring.factories import make_complaint, make_purchase, received
from tests.scoring.outbox import published

MAX_FILES, MAX_FRAMES = 32, 6
MAX_WIRING_FILES = 11
"""Outside engine and ledger: those that one opens to follow the event."""

pytestmark = pytest.mark.asyncio


async def test_an_opened_complaint_changes_the_score_on_a_short_path(scoring_database, clock):
    customer_id = uuid4()
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, [received(make_purchase(customer_id))], clock=clock)
    with record_calls("heed_scoring") as path:
        async with scoring_database.transaction() as session:
            await handlers.process_batch(session, [received(make_complaint(customer_id))], clock=clock)
    assert len(await published(scoring_database, ScoreChanged)) == 2
    print("\ncomplaint.opened to score.changed:", path)
    wiring = {file for file in path.files if not is_pure(file.rpartition("/")[0])}
    assert 0 < len(wiring) <= MAX_WIRING_FILES, path
    assert len(path.files) <= MAX_FILES, path
    assert 0 < len(path.deepest) <= MAX_FRAMES, path
