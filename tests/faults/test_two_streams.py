"""Two streams of one worker: each reads the partitions of its customers, and merges connect customers of both."""

import asyncio
from collections.abc import Sequence

import pytest

from heed_common.broker.memory import MemoryBus
from heed_common.broker.partitioner import partition_of
from heed_common.broker.protocols import Message
from heed_common.consumer import Consumer
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_scoring.worker import GROUP, SECOND_STREAM, TOPICS, batch_handler, streams
from tests.common.broker_fixtures import Recording
from tests.databases import Databases
from tests.faults.histories import make_history, shuffled
from tests.faults.processes import NoonClock
from tests.faults.test_exactly_once import DUPLICATES, as_record, state, take_in_order

pytestmark = pytest.mark.asyncio

EVENTS, BATCH, PARTITIONS = 1_500, 60, 12


async def read_share(database: Database, messages: Sequence[Message]) -> None:
    """Process a share of the records batch by batch, as one member of the group does."""
    consumer = Consumer(
        database,
        MemoryBus().subscriber(group=GROUP, topics=TOPICS),
        Recording(),
        batch_handler=batch_handler(NoonClock()),
        group=GROUP,
        clock=NoonClock(),
        metrics=Metrics("scoring"),
    )
    for start in range(0, len(messages), BATCH):
        assert await consumer.process_batch([as_record(message) for message in messages[start : start + BATCH]])


async def test_merges_between_two_streams_neither_deadlock_nor_leave_a_stale_score(
    scoring_database: Database, databases: Databases, caplog: pytest.LogCaptureFixture
):
    history = make_history(events=EVENTS, seed=74)
    delivered = shuffled(history, duplicates=DUPLICATES, seed=75)
    in_first = [partition_of(message.key, PARTITIONS) < PARTITIONS // 2 for message in delivered]
    shares = [
        [message for message, first in zip(delivered, in_first, strict=True) if first is side] for side in (True, False)
    ]
    assert all(len(share) > EVENTS // 4 for share in shares)
    await asyncio.gather(*(read_share(scoring_database, share) for share in shares))
    clean = Database(databases.url(await databases.clone("heed_scoring")))
    await take_in_order(clean, history)
    assert await state(scoring_database) == await state(clean)
    await clean.close()
    retried = {record.args[0] for record in caplog.records if record.msg == "retrying batch: %s" and record.args}
    assert retried <= {"RetryTransaction"}, "a merge may be faster than a batch, and nothing else disturbs it"


async def test_only_a_broker_that_divides_partitions_has_two_streams_each_with_its_own_instance():
    bus = MemoryBus()
    assert streams(bus, instance_id="a") == [("consumer", "a")]
    bus.shares_groups = True
    assert streams(bus, instance_id="a") == [("consumer", "a"), (SECOND_STREAM, "a.second-stream")]
    assert streams(bus, instance_id=None) == [("consumer", None), (SECOND_STREAM, None)]
