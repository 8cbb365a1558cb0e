"""A caller that waits for an event needs no query where the consumer runs in the same process."""

import asyncio
from uuid import uuid4

import pytest

from heed_common.signals import RecentIds, Signal
from heed_scoring.scores.errors import ScoreNotCurrent
from heed_scoring.scores.read_your_writes import EventWaiters
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
LONG = 30


@pytest.fixture
def scored(scoring_database):
    return Signal("heed_scored")


async def test_a_caller_is_released_by_the_consumer_of_its_process(scoring_database, scored):
    first, second = uuid4(), uuid4()
    waiters = EventWaiters(scoring_database, scored)
    scored.notify_of([first])
    with recorded_statements(scoring_database) as statements:
        await waiters.wait_for(first, seconds=LONG)
    assert statements == []
    waiting = asyncio.create_task(waiters.wait_for(second, seconds=LONG))
    await asyncio.sleep(0)
    scored.notify_of([second])
    await waiting
    assert waiters.count == 0


async def test_an_event_of_which_no_consumer_notified_is_looked_up(scoring_database, scored):
    scored.notify_of([uuid4()])
    with recorded_statements(scoring_database) as statements, pytest.raises(ScoreNotCurrent):
        await EventWaiters(scoring_database, scored).wait_for(uuid4(), seconds=1)
    assert any("ledger" in statement for statement in statements)


async def test_only_the_latest_events_are_remembered():
    recent, ids = RecentIds(limit=3), [uuid4() for _ in range(5)]
    recent.add(ids[:2])
    recent.add(ids[2:])
    assert [id_ in recent for id_ in ids] == [False, False, True, True, True]
