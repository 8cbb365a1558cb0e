"""SQL of deliveries: progress and attempts, written on the connection that holds the lock of the worker."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from heed_common.broker.protocols import Partition
from heed_customer.subscriptions.delivery.rules import Attempt

TRY_LOCK = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))")
INSERT_ATTEMPTS = text("""
    INSERT INTO webhook_attempt (endpoint_id, event_id, type, number, attempted_at, duration_ms, status, error)
    SELECT * FROM unnest(
        CAST(:endpoint_ids AS uuid[]), CAST(:event_ids AS uuid[]), CAST(:types AS text[]), CAST(:numbers AS int[]),
        CAST(:attempted_ats AS timestamptz[]), CAST(:durations AS int[]), CAST(:statuses AS smallint[]),
        CAST(:errors AS text[])
    )
""")
UPSERT_PROGRESS = text("""
    INSERT INTO webhook_progress AS progress (
        endpoint_id, replays, offsets, waiting, missed, last_missed_at, failures, last_success_at, last_failure_at,
        saved_at
    )
    SELECT endpoint.id, row.replays, CAST(row.offsets AS jsonb), row.waiting, row.missed, row.missed_at, row.failures,
        row.last_success_at, row.last_failure_at, :now
    FROM unnest(
        CAST(:endpoint_ids AS uuid[]), CAST(:replays AS int[]), CAST(:offsets AS text[]), CAST(:waitings AS bigint[]),
        CAST(:misseds AS bigint[]), CAST(:missed_ats AS timestamptz[]), CAST(:failures AS int[]),
        CAST(:successes AS timestamptz[]), CAST(:failed_ats AS timestamptz[])
    ) AS row(endpoint_id, replays, offsets, waiting, missed, missed_at, failures, last_success_at, last_failure_at)
    JOIN webhook_endpoint AS endpoint ON endpoint.id = row.endpoint_id AND endpoint.replays = row.replays
    ORDER BY endpoint.id FOR KEY SHARE OF endpoint
    ON CONFLICT (endpoint_id) DO UPDATE SET
        replays = EXCLUDED.replays, offsets = EXCLUDED.offsets, waiting = EXCLUDED.waiting, missed = EXCLUDED.missed,
        last_missed_at = CASE WHEN progress.replays = EXCLUDED.replays
            THEN COALESCE(EXCLUDED.last_missed_at, progress.last_missed_at) ELSE EXCLUDED.last_missed_at END,
        failures = EXCLUDED.failures, saved_at = EXCLUDED.saved_at,
        last_success_at = COALESCE(EXCLUDED.last_success_at, progress.last_success_at),
        last_failure_at = COALESCE(EXCLUDED.last_failure_at, progress.last_failure_at)
""")
"""Only of endpoints that exist, and whose replay these offsets belong to."""
DISABLE_GONE = text("""
    UPDATE webhook_endpoint SET state = 'disabled', disabled_because = 'gone', changed_at = :now
    WHERE id = ANY(CAST(:endpoint_ids AS uuid[])) AND state = 'enabled'
""")
SELECT_ONE = text("SELECT 1")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an endpoint has got, and its attempts since that was last saved."""

    endpoint_id: UUID
    replays: int
    offsets: Mapping[Partition, int]
    waiting: int
    missed: int
    last_missed_at: datetime | None
    failures: int
    last_success_at: datetime | None
    last_failure_at: datetime | None
    is_gone: bool
    attempts: Sequence[Attempt]


async def try_lock(connection: AsyncConnection, key: int) -> bool:
    """Lock until the connection ends. Return False if another connection holds the lock."""
    return bool((await connection.execute(TRY_LOCK, {"key": key})).scalar_one())


async def check_connection(connection: AsyncConnection) -> None:
    """Raise an error if the connection, and with it the lock, is lost."""
    await connection.execute(SELECT_ONE)


async def save(connection: AsyncConnection, progress: Sequence[Progress], *, now: datetime) -> None:
    """Save positions and attempts. After a crash between the statements the attempts are listed, and made again."""
    attempts = [(item.endpoint_id, attempt) for item in progress for attempt in item.attempts]
    if attempts:
        await connection.execute(INSERT_ATTEMPTS, _attempt_columns(attempts))
    await connection.execute(UPSERT_PROGRESS, _progress_columns(progress) | {"now": now})
    if gone := [item.endpoint_id for item in progress if item.is_gone]:
        await connection.execute(DISABLE_GONE, {"endpoint_ids": gone, "now": now})


def encode_offsets(offsets: Mapping[Partition, int]) -> dict[str, dict[str, int]]:
    """Return the offsets as they are stored: by topic and partition."""
    encoded: dict[str, dict[str, int]] = {}
    for (topic, partition), offset in sorted(offsets.items()):
        encoded.setdefault(topic, {})[str(partition)] = offset
    return encoded


def decode_offsets(stored: Mapping[str, Mapping[str, int]]) -> dict[Partition, int]:
    """Return the stored offsets by partition."""
    return {
        (topic, int(partition)): offset for topic, offsets in stored.items() for partition, offset in offsets.items()
    }


def _attempt_columns(attempts: Sequence[tuple[UUID, Attempt]]) -> dict[str, object]:
    return {
        "endpoint_ids": [endpoint_id for endpoint_id, _ in attempts],
        "event_ids": [attempt.event_id for _, attempt in attempts],
        "types": [attempt.type for _, attempt in attempts],
        "numbers": [attempt.number for _, attempt in attempts],
        "attempted_ats": [attempt.attempted_at for _, attempt in attempts],
        "durations": [attempt.duration_ms for _, attempt in attempts],
        "statuses": [attempt.status for _, attempt in attempts],
        "errors": [attempt.error for _, attempt in attempts],
    }


def _progress_columns(progress: Sequence[Progress]) -> dict[str, object]:
    return {
        "endpoint_ids": [item.endpoint_id for item in progress],
        "replays": [item.replays for item in progress],
        "offsets": [json.dumps(encode_offsets(item.offsets)) for item in progress],
        "waitings": [item.waiting for item in progress],
        "misseds": [item.missed for item in progress],
        "missed_ats": [item.last_missed_at for item in progress],
        "failures": [item.failures for item in progress],
        "successes": [item.last_success_at for item in progress],
        "failed_ats": [item.last_failure_at for item in progress],
    }
