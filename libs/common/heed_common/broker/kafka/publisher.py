"""Publisher for Kafka: in order, and all or nothing per partition."""

import asyncio
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from heed_common.broker.kafka.connection import CLOSE_SECONDS, KafkaConnection, connect_with_retry
from heed_common.broker.partitioner import group_by_partition
from heed_common.broker.protocols import Message, Partition, PublishResult

MAX_BATCH_BYTES = 1_000_000
"""Under the broker's own limit (message.max.bytes, 1 MiB by default)."""

log = logging.getLogger(__name__)


class KafkaPublisher:
    """Sends one batch per partition and awaits all of them; after any error it continues with a new producer.

    The client would send the second batch of a partition after the first one has failed, so that the second event of a
    customer would come before the first. And a producer that has skipped a sequence number is rejected for good.
    """

    def __init__(self, connection: KafkaConnection, *, max_batch_bytes: int) -> None:
        self._connection = connection
        self._max_batch_bytes = max_batch_bytes
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect, waiting while the broker is unavailable."""
        await self._connect()

    async def publish(self, messages: Sequence[Message]) -> PublishResult:
        """Publish, waiting while the broker is unavailable: only errors that would recur are returned."""
        producer = await self._connect()
        try:
            partitions = {
                topic: len(await producer.partitions_for(topic)) for topic in {message.topic for message in messages}
            }
        except KafkaError as error:
            await self._replace()
            return PublishResult(frozenset(), error)
        indexes = group_by_partition(messages, partitions)
        results = await asyncio.gather(*(self._send(producer, at, messages, these) for at, these in indexes.items()))
        errors = [result for result in results if isinstance(result, KafkaError)]
        if errors:
            await self._replace()
        acknowledged = [index for result in results if not isinstance(result, KafkaError) for index in result]
        return PublishResult(frozenset(acknowledged), errors[0] if errors else None)

    async def stop(self) -> None:
        await self._replace()

    async def _send(
        self, producer: AIOKafkaProducer, at: Partition, messages: Sequence[Message], indexes: Sequence[int]
    ) -> list[int] | KafkaError:
        """Return the acknowledged indexes. Nothing after the first message that does not fit may be sent."""
        builder = producer.create_batch()
        batch: list[int] = []
        for index in indexes:
            message = messages[index]
            if not builder.append(timestamp=None, key=message.key, value=message.value, headers=list(message.headers)):
                break
            batch.append(index)
        builder.close()
        try:
            await (await producer.send_batch(builder, at[0], partition=at[1]))
        except KafkaError as error:
            return error
        return batch

    async def _connect(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await connect_with_retry(self._new_producer, _close_producer)
        return self._producer

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._connection.options(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=self._max_batch_bytes,
        )

    async def _replace(self) -> None:
        """Close the producer; the next call connects again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _close_producer(producer)


async def _close_producer(producer: AIOKafkaProducer) -> None:
    """Wait a moment for messages in flight, then abandon them: they are still in the outbox."""
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
    except TimeoutError:
        log.warning("kafka: no acknowledgement in time, closing the producer")
        producer._sender.sender_task.cancel()
        await producer.client.close()
