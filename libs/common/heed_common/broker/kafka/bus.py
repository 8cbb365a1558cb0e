"""A Kafka cluster: topics, offsets, publishers and subscribers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import CommitFailedError, KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from heed_common.broker.kafka.connection import RETRY_SECONDS, KafkaConnection, connect_with_retry
from heed_common.broker.kafka.publisher import MAX_BATCH_BYTES, KafkaPublisher
from heed_common.broker.kafka.reader import KafkaReader
from heed_common.broker.kafka.subscriber import MAX_POLL_INTERVAL_MS, KafkaSubscriber
from heed_common.broker.protocols import (
    GroupInUse,
    Partition,
    Publisher,
    Reader,
    Subscriber,
    TopicSettings,
    require_partitions,
)

MAX_REPLICAS = 3
RETENTION = "retention.ms"

log = logging.getLogger(__name__)


class KafkaBus:
    """One cluster."""

    shares_groups = True

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        max_batch_bytes: int = MAX_BATCH_BYTES,
        max_poll_interval_ms: int = MAX_POLL_INTERVAL_MS,
    ) -> None:
        self._connection = connection
        self._max_batch_bytes = max_batch_bytes
        self._max_poll_interval_ms = max_poll_interval_ms

    async def apply_topics(self, topics: Mapping[str, TopicSettings]) -> None:
        required = {topic: settings.partitions for topic, settings in topics.items()}
        async with self._admin() as admin:
            existing = await _partitions(admin)
            require_partitions(required | existing, required)
            await _warn_of_other_retention(admin, {topic: topics[topic] for topic in required.keys() & existing.keys()})
            await _create(admin, {topic: topics[topic] for topic in sorted(required.keys() - existing.keys())})
            await _wait_for_metadata(admin, required.keys())

    async def check_topics(self, topics: Sequence[str], *, partitions: int) -> None:
        async with self._admin() as admin:
            require_partitions(await _partitions(admin), dict.fromkeys(topics, partitions))

    def publisher(self) -> Publisher:
        return KafkaPublisher(self._connection, max_batch_bytes=self._max_batch_bytes)

    def subscriber(self, *, group: str | None, topics: Sequence[str], instance_id: str | None = None) -> Subscriber:
        options = {"group_instance_id": instance_id, "max_poll_interval_ms": self._max_poll_interval_ms}
        return KafkaSubscriber(self._connection, group=group, topics=topics, options=options)

    def reader(self, topics: Sequence[str]) -> Reader:
        async def find_partitions() -> Sequence[Partition]:
            async with self._admin() as admin:
                found = await _partitions(admin)
            return [(topic, at) for topic in topics for at in range(found.get(topic, 0))]

        return KafkaReader(self._connection, find_partitions)

    async def committed_offsets(self, group: str, topics: Sequence[str]) -> Mapping[Partition, int]:
        async with self._admin() as admin:
            found = await _offsets(admin, group)
        return {(at.topic, at.partition): committed.offset for at, committed in found.items() if at.topic in topics}

    async def end_offsets(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        async with self._admin() as admin:
            found = await _partitions(admin)
        partitions = [TopicPartition(topic, at) for topic in topics for at in range(found.get(topic, 0))]
        consumer = await connect_with_retry(
            lambda: AIOKafkaConsumer(**self._connection.options()), AIOKafkaConsumer.stop
        )
        try:
            return {(at.topic, at.partition): end for at, end in (await consumer.end_offsets(partitions)).items()}
        finally:
            await consumer.stop()

    async def retentions(self, topics: Sequence[str]) -> Mapping[str, int]:
        async with self._admin() as admin:
            return await _retentions(admin, topics)

    async def set_committed_offsets(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Commit without joining the group: Kafka accepts such a commit only while the group has no members."""
        options = {**self._connection.options(), "group_id": group, "enable_auto_commit": False}
        consumer = await connect_with_retry(lambda: AIOKafkaConsumer(**options), AIOKafkaConsumer.stop)
        try:
            consumer.assign([TopicPartition(*at) for at in offsets])
            await consumer.commit({TopicPartition(*at): offset for at, offset in offsets.items()})
        except CommitFailedError:
            raise GroupInUse(f"The group {group} has active members.") from None
        finally:
            await consumer.stop()

    async def close(self) -> None:
        """Publishers and subscribers close their own connections."""

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = await connect_with_retry(
            lambda: AIOKafkaAdminClient(**self._connection.options()), AIOKafkaAdminClient.close
        )
        try:
            yield admin
        finally:
            await admin.close()


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Return the numbers of partitions of all topics: asking for one by name would create it on some brokers."""
    return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}


async def _create(admin: AIOKafkaAdminClient, topics: Mapping[str, TopicSettings]) -> None:
    if not topics:
        return
    replicas = min(MAX_REPLICAS, len((await admin.describe_cluster())["brokers"]))
    # One broker may be unavailable, and acknowledged records are still on two of three.
    in_sync = {"min.insync.replicas": str(max(1, replicas - 1))}
    new_topics = [
        NewTopic(topic, settings.partitions, replicas, topic_configs=in_sync | {RETENTION: str(settings.retention_ms)})
        for topic, settings in topics.items()
    ]
    for topic, code, *_ in (await admin.create_topics(new_topics)).topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(topic)


async def _warn_of_other_retention(admin: AIOKafkaAdminClient, topics: Mapping[str, TopicSettings]) -> None:
    """Log a warning for a different retention: the operator's setting applies."""
    for topic, found in (await _retentions(admin, list(topics))).items():
        if found != topics[topic].retention_ms:
            log.warning("%s: retention is %s ms, Heed needs %s ms", topic, found, topics[topic].retention_ms)


async def _retentions(admin: AIOKafkaAdminClient, topics: Sequence[str]) -> dict[str, int]:
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic, configs={RETENTION: None}) for topic in topics]
    return {
        topic: int(found)
        for response in await admin.describe_configs(resources)
        for _, _, _, topic, entries in response.resources
        for _, found, *_ in entries
    }


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    """Return the committed offsets; retry while a new cluster still creates its topic of offsets."""
    while True:
        try:
            return dict(await admin.list_consumer_group_offsets(group))
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(RETRY_SECONDS)


async def _wait_for_metadata(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> None:
    """Wait until the brokers report the new topics, a moment after their creation."""
    missing = set(topics)
    while missing:
        missing -= (await _partitions(admin)).keys()
        await asyncio.sleep(0.05 if missing else 0)
