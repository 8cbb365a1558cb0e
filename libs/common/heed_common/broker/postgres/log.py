"""SQL of the embedded log. Its tables are in a separate database and belong to this module only.

A partition's row is locked while records are appended to it, so its offsets have no gaps and become visible in
their order: a reader of an offset has missed nothing before it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common import advisory_locks, driver
from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Message, Partition, Record, TopicSettings

TABLES = (
    text("""
        CREATE TABLE IF NOT EXISTS log_topic (
            topic text PRIMARY KEY, partitions integer NOT NULL, retention_ms bigint NOT NULL
        )
    """),
    text("""
        CREATE TABLE IF NOT EXISTS log_partition (
            topic text NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL,
            PRIMARY KEY (topic, partition)
        ) WITH (fillfactor = 50)
    """),
    text("""
        CREATE TABLE IF NOT EXISTS log_record (
            topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
            key bytea, value bytea NOT NULL, headers bytea NOT NULL,
            appended_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (topic, partition, "offset")
        )
    """),
    text("""
        CREATE TABLE IF NOT EXISTS log_position (
            consumer_group text NOT NULL, topic text NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL,
            PRIMARY KEY (consumer_group, topic, partition)
        ) WITH (fillfactor = 50)
    """),
)
SELECT_TOPICS = text("SELECT topic, partitions FROM log_topic")
SELECT_RETENTIONS = text("SELECT topic, retention_ms FROM log_topic WHERE topic = ANY(:topics)")
INSERT_TOPIC = text("""
    INSERT INTO log_topic (topic, partitions, retention_ms) VALUES (:topic, :partitions, :retention_ms)
    ON CONFLICT (topic) DO NOTHING
""")
INSERT_PARTITIONS = text("""
    INSERT INTO log_partition (topic, partition, next_offset)
    SELECT :topic, partition, 0 FROM generate_series(0, :partitions - 1) AS partition
    ON CONFLICT (topic, partition) DO NOTHING
""")
APPEND = text("""
    WITH appended AS (
        SELECT * FROM unnest(
            CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:indexes AS int[]),
            CAST(:keys AS bytea[]), CAST(:values AS bytea[]), CAST(:headers AS bytea[])
        ) AS appended(topic, partition, index, key, value, headers)
    ), locked AS MATERIALIZED (
        SELECT topic, partition, next_offset FROM log_partition
        WHERE (topic, partition) IN (SELECT topic, partition FROM appended)
        ORDER BY topic, partition FOR UPDATE
    ), moved AS (
        UPDATE log_partition SET next_offset = locked.next_offset + share.records
        FROM locked JOIN (SELECT topic, partition, count(*) AS records FROM appended GROUP BY topic, partition) AS share
            USING (topic, partition)
        WHERE log_partition.topic = locked.topic AND log_partition.partition = locked.partition
        RETURNING log_partition.topic, log_partition.partition, log_partition.next_offset
    ), inserted AS (
        INSERT INTO log_record (topic, partition, "offset", key, value, headers)
        SELECT topic, partition, locked.next_offset + index, key, value, headers
        FROM appended JOIN locked USING (topic, partition)
    )
    SELECT topic, partition, next_offset FROM moved
""")
"""One statement, so one round trip and one transaction; the locks are taken in one order and held to its end."""
TRY_GROUP_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('heed_log ' || :group, 0))")
SELECT_END_OFFSETS = text("SELECT topic, partition, next_offset FROM log_partition WHERE topic = ANY(:topics)")
SELECT_COMMITTED_OFFSETS = text("""
    SELECT topic, partition, next_offset FROM log_position WHERE consumer_group = :group AND topic = ANY(:topics)
""")
SELECT_RECORDS = text("""
    SELECT record.topic, record.partition, record."offset", record.key, record.value, record.headers
    FROM unnest(
        CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]), CAST(:limits AS int[])
    ) AS requested(topic, partition, first, max_records)
    CROSS JOIN LATERAL (
        SELECT * FROM log_record
        WHERE topic = requested.topic AND partition = requested.partition AND "offset" >= requested.first
        ORDER BY "offset" LIMIT requested.max_records
    ) AS record
    ORDER BY record.topic, record.partition, record."offset"
""")
SELECT_MOMENTS = text("""
    SELECT requested.topic, requested.partition, record."offset", record.appended_at
    FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]))
        AS requested(topic, partition, first)
    CROSS JOIN LATERAL (
        SELECT "offset", appended_at FROM log_record
        WHERE topic = requested.topic AND partition = requested.partition AND "offset" >= requested.first
        ORDER BY "offset" LIMIT 1
    ) AS record
""")
"""The first record of each partition at or after an offset, and when it was appended."""
SAVE_POSITIONS = text("""
    INSERT INTO log_position (consumer_group, topic, partition, next_offset)
    SELECT :group, topic, partition, next_offset
    FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:offsets AS bigint[]))
        AS committed(topic, partition, next_offset)
    ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset
""")
PURGE = text("""
    DELETE FROM log_record USING log_topic JOIN log_partition USING (topic) CROSS JOIN LATERAL (
        SELECT "offset", appended_at FROM log_record
        WHERE log_record.topic = log_partition.topic AND log_record.partition = log_partition.partition
        ORDER BY "offset" LIMIT :page
    ) AS first
    WHERE log_topic.retention_ms >= 0
        AND log_record.topic = log_partition.topic AND log_record.partition = log_partition.partition
        AND log_record."offset" = first."offset"
        AND first.appended_at < CAST(:now AS timestamptz) - log_topic.retention_ms * interval '1 millisecond'
""")
"""Deletes the expired records at the start of each partition: offsets are assigned in the order of time."""
PURGE_PAGE = 200
"""Maximum number of records per partition."""


async def create_tables(session: AsyncSession) -> None:
    # `IF NOT EXISTS` alone fails when two processes start at the same moment.
    await advisory_locks.lock(session, AdvisoryLock.LOG_TABLES)
    for table in TABLES:
        await session.execute(table)


async def create_topics(session: AsyncSession, topics: Mapping[str, TopicSettings]) -> None:
    """Create missing topics; an existing one keeps its records, partitions and retention."""
    for topic, settings in sorted(topics.items()):
        values = {"topic": topic, "partitions": settings.partitions}
        await session.execute(INSERT_TOPIC, values | {"retention_ms": settings.retention_ms})
        await session.execute(INSERT_PARTITIONS, values)


async def topic_partitions(session: AsyncSession) -> dict[str, int]:
    """Return the number of partitions of each topic."""
    return {row.topic: row.partitions for row in await session.execute(SELECT_TOPICS)}


async def retentions(connection: AsyncConnection, topics: Sequence[str]) -> dict[str, int]:
    """Return the retention of each topic in milliseconds; negative means unlimited."""
    rows = await connection.execute(SELECT_RETENTIONS, {"topics": list(topics)})
    return {row.topic: row.retention_ms for row in rows}


async def append(connection: AsyncConnection, batches: Mapping[Partition, Sequence[Message]]) -> dict[Partition, int]:
    """Append a batch to each partition: all of them or none. Return the offset after each batch."""
    rows = [
        (*partition, index, message.key, message.value, _encode_headers(message.headers))
        for partition, messages in batches.items()
        for index, message in enumerate(messages)
    ]
    names = ("topics", "partitions", "indexes", "keys", "values", "headers")
    return await _offsets(connection, APPEND, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


async def acquire_group(connection: AsyncConnection, group: str) -> bool:
    """Lock the group until the connection ends. Return False if another connection holds the lock."""
    return bool((await connection.execute(TRY_GROUP_LOCK, {"group": group})).scalar_one())


async def end_offsets(connection: AsyncConnection, topics: Iterable[str]) -> dict[Partition, int]:
    """Return the offset of the next record of each partition."""
    return await _offsets(connection, SELECT_END_OFFSETS, {"topics": sorted(topics)})


async def committed_offsets(connection: AsyncConnection, group: str, topics: Iterable[str]) -> dict[Partition, int]:
    """Return the next offset to read that the group has committed."""
    return await _offsets(connection, SELECT_COMMITTED_OFFSETS, {"group": group, "topics": sorted(topics)})


async def read(
    connection: AsyncConnection, first: Mapping[Partition, int], limits: Mapping[Partition, int]
) -> list[Record]:
    """Return the records of each partition from `first` on, up to its limit; purged ones are skipped."""
    rows = await driver.fetch_on(
        connection, SELECT_RECORDS, _columns(first) | {"limits": [limits[partition] for partition in first]}
    )
    return [
        Record(topic, partition, offset, key, value, _decode_headers(headers))
        for topic, partition, offset, key, value, headers in rows
    ]


async def offsets_at(connection: AsyncConnection, topics: Iterable[str], moment: datetime) -> dict[Partition, int]:
    """Return the first offset of each partition that was appended at the moment or later, or its end.

    A binary search of all partitions together: offsets are assigned in the order of time, and no index has the times.
    """
    ends = await end_offsets(connection, topics)
    high, low = dict(ends), dict.fromkeys(ends, 0)
    while open_ := {at: (low[at] + high[at]) // 2 for at in high if low[at] < high[at]}:
        rows = await connection.execute(SELECT_MOMENTS, _columns(open_))
        found = {(topic, partition): (offset, appended_at) for topic, partition, offset, appended_at in rows}
        for at, middle in open_.items():
            offset, appended_at = found.get(at, (high[at], moment))
            if appended_at >= moment or offset >= high[at]:
                high[at] = middle
            else:
                low[at] = offset + 1
    rows = await connection.execute(SELECT_MOMENTS, _columns(high))  # What was found may be purged.
    return ends | {(topic, partition): offset for topic, partition, offset, _ in rows}


async def save_positions(connection: AsyncConnection, group: str, offsets: Mapping[Partition, int]) -> None:
    await driver.fetch_on(connection, SAVE_POSITIONS, _columns(dict(sorted(offsets.items()))) | {"group": group})


async def purge(session: AsyncSession, now: datetime) -> bool:
    """Delete a page of records older than the retention of their topic. Return whether there may be more."""
    result = await session.execute(PURGE, {"now": now, "page": PURGE_PAGE})
    return int(getattr(result, "rowcount", 0)) >= PURGE_PAGE


async def _offsets(
    connection: AsyncConnection, statement: TextClause, values: Mapping[str, object]
) -> dict[Partition, int]:
    rows = await driver.fetch_on(connection, statement, values)
    return {(topic, partition): offset for topic, partition, offset in rows}


def _columns(offsets: Mapping[Partition, int]) -> dict[str, object]:
    return {
        "topics": [topic for topic, _ in offsets],
        "partitions": [partition for _, partition in offsets],
        "offsets": list(offsets.values()),
    }


def _encode_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the headers as JSON with one character per byte, so that any value can be encoded."""
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers]).encode()


def _decode_headers(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(headers))
