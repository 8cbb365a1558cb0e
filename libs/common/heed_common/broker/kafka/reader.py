"""Reader for Kafka: a consumer without a group, whose partitions are assigned and whose offsets the caller names."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from heed_common.broker.kafka.connection import (
    KafkaConnection,
    close_consumer,
    connect_with_retry,
    is_internal_cancellation,
    to_record,
)
from heed_common.broker.protocols import Partition, Record

FindPartitions = Callable[[], Awaitable[Sequence[Partition]]]

log = logging.getLogger(__name__)


class KafkaReader:
    """Fetches ahead while the caller continues where it was; another offset is sought."""

    def __init__(self, connection: KafkaConnection, find_partitions: FindPartitions) -> None:
        self._connection = connection
        self._find_partitions = find_partitions
        self._consumer: AIOKafkaConsumer | None = None
        self._next: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        """Connect, waiting while the broker is unavailable."""
        await self._connect()

    async def read(self, first: Mapping[Partition, int], *, max_records: int, wait: float) -> Sequence[Record]:
        consumer = await self._connect()
        requested = {TopicPartition(*at): offset for at, offset in first.items()}
        self._prepare(consumer, requested)
        try:
            polled = await consumer.getmany(*requested, timeout_ms=int(wait * 1000), max_records=max_records)
        except KafkaError as error:
            await self._reset(error)
            return []
        except asyncio.CancelledError as error:
            if not is_internal_cancellation():
                raise
            await self._reset(error)
            return []
        self._next.update({at: records[-1].offset + 1 for at, records in polled.items() if records})
        return [to_record(record) for records in polled.values() for record in records]

    async def end_offsets(self) -> Mapping[Partition, int]:
        async with self._connected() as consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
        return {(at.topic, at.partition): end for at, end in ends.items()}

    async def offsets_at(self, moment: datetime) -> Mapping[Partition, int]:
        since = max(0, int(moment.timestamp() * 1000))
        async with self._connected() as consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            found = await consumer.offsets_for_times(dict.fromkeys(ends, since))
        return {
            (at.topic, at.partition): end if found.get(at) is None else found[at].offset for at, end in ends.items()
        }

    async def stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._next.clear()
        if consumer is not None:
            await close_consumer(consumer)

    def _prepare(self, consumer: AIOKafkaConsumer, requested: Mapping[TopicPartition, int]) -> None:
        """Pause the partitions that are not requested, and seek where the caller continues elsewhere."""
        assigned = consumer.assignment()
        consumer.pause(*(assigned - requested.keys()))
        consumer.resume(*requested)
        for at, offset in requested.items():
            if self._next.get(at) != offset:
                consumer.seek(at, offset)
                self._next[at] = offset

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AIOKafkaConsumer]:
        """Yield the consumer; after an error of the broker the next call connects again."""
        try:
            yield await self._connect()
        except KafkaError as error:
            await self._reset(error)
            raise ConnectionError("The broker does not respond.") from error

    async def _connect(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            partitions = await self._find_partitions()
            consumer = await connect_with_retry(self._new_consumer, close_consumer)
            consumer.assign([TopicPartition(*at) for at in partitions])
            self._consumer = consumer
        return self._consumer

    def _new_consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(**self._connection.options(), enable_auto_commit=False, auto_offset_reset="earliest")

    async def _reset(self, error: BaseException) -> None:
        """Close the consumer, whose internal tasks may have ended; the next read connects again."""
        log.warning("kafka: reader failed, reconnecting: %s", type(error).__name__)
        await self.stop()
