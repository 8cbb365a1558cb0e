"""Dead letters: records that could not be processed are stored with their bytes and published to `<topic>.dlq`."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.broker.protocols import Message, Publisher, Record
from heed_common.database import CONNECTION_ERRORS, Database

UPSERT = text("""
    INSERT INTO dead_letter
        (consumer_group, topic, partition, "offset", event_id, key, value, error, first_seen, attempts)
    VALUES (:group, :topic, :partition, :offset, :event_id, :key, :value, :error, :now, 1)
    ON CONFLICT (consumer_group, topic, partition, "offset")
        DO UPDATE SET attempts = dead_letter.attempts + 1, error = EXCLUDED.error
    RETURNING attempts = 1
""")
SELECT_UNPUBLISHED = text("""
    SELECT consumer_group, topic, partition, "offset", event_id, key, value, error, first_seen, attempts
    FROM dead_letter WHERE published_at IS NULL AND dropped_at IS NULL ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
""")
MARK_PUBLISHED = text("""
    UPDATE dead_letter SET published_at = :now
    WHERE consumer_group = :group AND topic = :topic AND partition = :partition AND "offset" = :offset
""")

MAX_PUBLISHED_BYTES = 900_000
"""Size limit of key and value together; with the headers it still fits into one batch of any broker."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be processed, and the class of the error; never its message, which may repeat content."""

    record: Record
    error: str
    event_id: UUID | None = None


async def store(session: AsyncSession, letters: Sequence[DeadLetter], *, group: str, now: datetime) -> list[DeadLetter]:
    """Store the dead letters in the transaction of their batch. Return those that are new."""
    new = []
    for letter in letters:
        record = letter.record
        is_new = await session.scalar(
            UPSERT,
            {
                "group": group,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "event_id": letter.event_id,
                "key": record.key,
                "value": record.value,
                "error": letter.error,
                "now": now,
            },
        )
        new += [letter] if is_new else []
    return new


async def publish(database: Database, publisher: Publisher, *, now: datetime) -> bool:
    """Publish the stored dead letters that are not published yet. Return whether all of them were.

    A crash in between publishes some of them twice, never not at all. The next call retries those that failed.
    """
    try:
        while found := await _publish_some(database, publisher, now=now):
            if isinstance(found, Exception):
                log.warning("dead letters: publishing failed, retrying later: %s", type(found).__name__)
                return False
    except CONNECTION_ERRORS as error:
        log.warning("dead letters: publishing failed, retrying later: %s", type(error).__name__)
        return False
    return True


async def _publish_some(database: Database, publisher: Publisher, *, now: datetime) -> int | Exception:
    """Publish a page. Return how many were published, or the error of the broker."""
    async with database.transaction() as session:
        rows = (await session.execute(SELECT_UNPUBLISHED)).all()
        if not rows:
            return 0
        result = await publisher.publish([_message(row) for row in rows])
        for index in sorted(result.acknowledged):
            row = rows[index]
            key = {
                "group": row.consumer_group, "topic": row.topic, "partition": row.partition, "offset": row.offset,
            }  # fmt: skip
            await session.execute(MARK_PUBLISHED, key | {"now": now})
    return result.error or len(result.acknowledged)


def _message(row: Row[Any]) -> Message:
    headers = {
        "heed-dlq-group": row.consumer_group,
        "heed-dlq-topic": row.topic,
        "heed-dlq-partition": str(row.partition),
        "heed-dlq-offset": str(row.offset),
        "heed-dlq-error": row.error,
        "heed-dlq-first-seen": row.first_seen.isoformat(),
        "heed-dlq-attempts": str(row.attempts),
    }
    if row.event_id is not None:
        headers["ce_id"] = str(row.event_id)
    key, value = row.key or b"", row.value
    if len(key) + len(value) > MAX_PUBLISHED_BYTES:
        # It would fit into no batch and block all dead letters after it. Its bytes stay in the table.
        headers["heed-dlq-left-out-bytes"] = str(len(key) + len(value))
        key = value = b""
    encoded = tuple((name, text.encode()) for name, text in headers.items())
    return Message(f"{row.topic}.dlq", key, value, encoded)
