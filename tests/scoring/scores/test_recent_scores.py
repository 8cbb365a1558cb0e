"""The score behind an event that was just processed is the one that would be calculated again."""

from uuid import uuid4

import pytest

from heed_scoring import handlers
from heed_scoring.engine import score as engine
from heed_scoring.scores.service import MAX_REMEMBERED_EVENTS
from tests.scoring.factories import make_complaint, make_purchase, received

pytestmark = pytest.mark.asyncio


async def test_a_remembered_score_is_the_one_that_would_be_calculated_again(client, resources):
    customer_id = uuid4()
    url = f"/v1/scores/{customer_id}"
    old = [received(make_purchase(customer_id, days_ago=500 + day)) for day in range(60)]
    new = [received(make_purchase(customer_id, days_ago=3)), received(make_complaint(customer_id))]
    for batch in (old, new):  # The days of the first one are closed when they are written.
        engine._RECENT.clear()
        async with resources.database.transaction() as session:
            await handlers.process_batch(session, batch, clock=resources.clock)
    assert len(engine._RECENT) == 1
    remembered = (await client.get(url)).json()
    engine._RECENT.clear()
    assert remembered == (await client.get(url)).json()


async def test_many_events_at_once_are_not_remembered(resources):
    engine._RECENT.clear()
    batch = [received(make_purchase(uuid4())) for _ in range(MAX_REMEMBERED_EVENTS + 1)]
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, batch, clock=resources.clock)
    assert not engine._RECENT
