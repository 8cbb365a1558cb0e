"""Subscriber for Kafka: a member of a group that commits explicit offsets only."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from heed_common.broker.kafka.connection import (
    CLOSE_SECONDS,
    KafkaConnection,
    close_consumer,
    connect_with_retry,
    is_internal_cancellation,
    to_record,
)
from heed_common.broker.protocols import ConsumerPosition, Partition, Record

HEARTBEAT_MS = 500
"""The partitions of a member that left lie idle until the others' next heartbeat: 3 s with the client's default."""
MAX_POLL_INTERVAL_MS = 300_000
HANDOVER_SECONDS = 3.0
"""Well under the 10 s that the group waits for a member."""

log = logging.getLogger(__name__)


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets the current batch finish before a rebalance takes its partitions."""

    def __init__(self) -> None:
        self.polled: set[TopicPartition] = set()
        """Partitions polled since the last assignment: committing any other could undo its new owner's progress."""
        self.finished = asyncio.Event()
        self.finished.set()

    def track(self, partitions: Collection[TopicPartition]) -> None:
        self.polled.update(partitions)
        if partitions:
            self.finished.clear()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Wait for the current batch: until all members have released them, the partitions can still be committed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self.finished.wait()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.polled.clear()


class KafkaSubscriber:
    """One member."""

    def __init__(
        self, connection: KafkaConnection, *, group: str | None, topics: Sequence[str], options: Mapping[str, object]
    ) -> None:
        self._connection = connection
        self._group = group
        self._topics = tuple(topics)
        self._options = options
        self._listener = RebalanceListener()
        self._consumer: AIOKafkaConsumer | None = None
        self.refused_commits = 0
        """Number of commits rejected because of a rebalance; their records are delivered again."""

    async def start(self) -> None:
        """Connect, waiting while the broker is unavailable, until the group has assigned partitions to this member."""
        await self._connect()

    async def poll(self, *, max_records: int, wait: float) -> Sequence[Record]:
        consumer = await self._connect()
        self._listener.finished.set()
        consumer.resume(*consumer.paused())
        try:
            polled = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=max_records)
        except KafkaError as error:
            await self._reset_consumer(error)
            return []
        except asyncio.CancelledError as error:
            if not is_internal_cancellation():
                raise
            await self._reset_consumer(error)
            return []
        self._listener.track(polled)
        return [to_record(record) for records in polled.values() for record in records]

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        by_partition = {TopicPartition(*at): offset for at, offset in offsets.items()}
        polled = {at: offset for at, offset in by_partition.items() if at in self._listener.polled}
        if self._group is None or self._consumer is None or not polled:
            return
        try:
            await self._consumer.commit(polled)
        except (CommitFailedError, IllegalStateError) as error:
            self.refused_commits += 1
            log.warning(
                "kafka: commit rejected after a rebalance, the batch is delivered again: %s", type(error).__name__
            )
        except KafkaError as error:
            await self._reset_consumer(error)
        self._listener.finished.set()

    async def heartbeat(self) -> None:
        """Stay a member while a batch is retried. A rebalance need not wait: the batch may move to another member."""
        if self._consumer is None:
            return
        self._listener.finished.set()
        try:
            self._consumer.pause(*self._consumer.assignment())
            polled = await self._consumer.getmany(timeout_ms=0)
            for at, records in polled.items():
                # Assigned just now, so not paused: these records are for the next poll.
                self._consumer.seek(at, records[0].offset)
        except KafkaError as error:
            await self._reset_consumer(error)

    async def position(self) -> ConsumerPosition:
        """Return an empty position while the group or the broker does not respond."""
        if self._consumer is None:
            return ConsumerPosition()
        held = self._consumer.assignment()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                ends = await self._consumer.end_offsets(held)
                position = {at: await self._consumer.position(at) for at in held}
        except (KafkaError, TimeoutError) as error:
            log.warning("kafka: lag unknown: %s", type(error).__name__)
            return ConsumerPosition()
        return ConsumerPosition(
            {(at.topic, at.partition): offset for at, offset in position.items()},
            {(at.topic, at.partition): ends[at] - offset for at, offset in position.items()},
        )

    async def stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._listener.finished.set()
        self._listener.polled.clear()
        if consumer is not None:
            await close_consumer(consumer)

    async def _connect(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = await connect_with_retry(self._new_consumer, close_consumer)
        return self._consumer

    def _new_consumer(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **self._connection.options(),
            **self._options,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(RangePartitionAssignor,),
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        consumer.subscribe(topics=self._topics, listener=self._listener)
        return consumer

    async def _reset_consumer(self, error: BaseException) -> None:
        """Close the consumer, whose internal tasks may have ended: the next poll joins the group as a new member."""
        log.warning("kafka: consumer failed, reconnecting: %s", type(error).__name__)
        await self.stop()
