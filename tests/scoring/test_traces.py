"""A trace leads from an event to the score that it moved."""

from dataclasses import replace
from uuid import uuid4

import pytest

from heed_common.contracts.scoring import ScoreChanged
from heed_scoring import handlers
from tests.scoring.factories import make_complaint, make_purchase, received
from tests.scoring.outbox import published

pytestmark = pytest.mark.asyncio


async def test_each_event_of_a_batch_hands_its_own_trace_on(scoring_database, clock):
    customer_id = uuid4()
    traces = [f"00-{digit * 32}-{digit * 16}-01" for digit in "ab"]
    events = [received(make_purchase(customer_id)), received(make_complaint(customer_id))]
    batch = [replace(event, traceparent=trace) for event, trace in zip(events, traces, strict=True)]
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, batch, clock=clock)
    changed = await published(scoring_database, ScoreChanged)
    assert [(one.causation, one.traceparent) for one in changed] == [
        (event.id, trace) for event, trace in zip(events, traces, strict=True)
    ]
