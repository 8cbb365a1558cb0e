"""Webhooks: whether each is delivered, and whether one has missed events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common.broker.protocols import Partition
from heed_common.contracts.registry import TOPICS

CHECK, SERVICE = "webhooks", "customer"
FAILING = timedelta(hours=1)
STALLED = timedelta(minutes=5)
"""A receiver may use its whole time limit, and a pause between two attempts may be as long."""
DISABLED = timedelta(days=7)
MISSED = timedelta(days=30)
MANY_WAITING = 1000
SELECT_WEBHOOKS = text("""
    SELECT endpoint.id, endpoint.state, endpoint.disabled_because, endpoint.created_at, endpoint.changed_at,
        progress.offsets, COALESCE(progress.missed, 0) AS missed, progress.last_missed_at, progress.saved_at,
        failed.failing_since
    FROM webhook_endpoint AS endpoint
    LEFT JOIN webhook_progress AS progress
        ON progress.endpoint_id = endpoint.id AND progress.replays = endpoint.replays
    CROSS JOIN LATERAL (
        SELECT min(attempted_at) AS failing_since FROM webhook_attempt
        WHERE endpoint_id = endpoint.id AND error IS NOT NULL AND progress.failures > 0
            AND attempted_at > COALESCE(progress.last_success_at, '-infinity')
    ) AS failed
    ORDER BY endpoint.id
""")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as the database and the broker show it."""

    id: UUID
    state: str
    disabled_because: str | None
    created_at: datetime
    changed_at: datetime
    waiting: int
    """Records behind its position."""
    missed: int
    last_missed_at: datetime | None
    saved_at: datetime | None
    failing_since: datetime | None


async def check_webhooks(subject: Subject) -> list[Finding]:
    """Find webhooks that fail, that are not delivered, that are far behind or disabled, and that have missed events."""
    if SERVICE not in subject.databases:
        return []
    async with subject.databases[SERVICE].autocommit() as connection:
        rows = (await connection.execute(SELECT_WEBHOOKS)).all()
    ends = await subject.bus.end_offsets(TOPICS) if rows else {}
    found: list[Finding] = []
    for row in rows:
        found += judge(_from_row(row, ends), now=subject.now, is_running=subject.is_running)
    return found or [ok(CHECK, f"Delivered: {len(rows)}." if rows else "None.")]


def judge(webhook: Webhook, *, now: datetime, is_running: bool) -> list[Finding]:
    """Return what is wrong with a webhook."""
    if webhook.state == "disabled":
        found = _judge_disabled(webhook, now=now)
    else:
        found = _judge_enabled(webhook, now=now, is_running=is_running)
    if webhook.last_missed_at is not None and now - webhook.last_missed_at < MISSED:
        detail = f"{webhook.id} missed {webhook.missed} purged records, the last on {webhook.last_missed_at:%Y-%m-%d}."
        found.append(warning(CHECK, detail, "Its receiver needs the current state: read it over the API."))
    return found


def _judge_disabled(webhook: Webhook, *, now: datetime) -> list[Finding]:
    is_gone = webhook.disabled_because == "gone"
    if not is_gone and now - webhook.changed_at < DISABLED:
        return []
    reason = "because its receiver responded 410" if is_gone else "by request"
    detail = (
        f"{webhook.id} has been disabled since {webhook.changed_at:%Y-%m-%d}, {reason}; waiting: {webhook.waiting}."
    )
    return [warning(CHECK, detail, "Enable it before its events are purged, or delete it.")]


def _judge_enabled(webhook: Webhook, *, now: datetime, is_running: bool) -> list[Finding]:
    if webhook.failing_since is not None and now - webhook.failing_since >= FAILING:
        hours = (now - webhook.failing_since) // timedelta(hours=1)
        detail = f"{webhook.id} has failed for {hours} h; waiting: {webhook.waiting} records."
        remedy = f"`GET /v1/webhooks/{webhook.id}/deliveries?failed=true` shows why; tell whoever runs its receiver."
        return [problem(CHECK, detail, remedy)]
    if not webhook.waiting:
        return []
    if not is_running:
        return [warning(CHECK, f"{webhook.id} waits for {webhook.waiting} records.", "`heed up` delivers them.")]
    if webhook.failing_since is None and now - (webhook.saved_at or webhook.created_at) >= STALLED:
        remedy = "Check the log of the customer worker: is it running, can it connect to the broker?"
        return [problem(CHECK, f"{webhook.id} makes no progress; waiting: {webhook.waiting} records.", remedy)]
    if webhook.waiting > MANY_WAITING:
        remedy = "Its receiver is slow: it should store events, respond, and process them afterwards."
        return [warning(CHECK, f"{webhook.id} is behind; waiting: {webhook.waiting} records.", remedy)]
    return []


def _from_row(row: Row[Any], ends: Mapping[Partition, int]) -> Webhook:
    return Webhook(
        id=row.id,
        state=row.state,
        disabled_because=row.disabled_because,
        created_at=row.created_at,
        changed_at=row.changed_at,
        waiting=_waiting(row.offsets or {}, ends),
        missed=row.missed,
        last_missed_at=row.last_missed_at,
        saved_at=row.saved_at,
        failing_since=row.failing_since,
    )


def _waiting(offsets: Mapping[str, Mapping[str, int]], ends: Mapping[Partition, int]) -> int:
    """Return the records behind the saved positions; what the worker itself has saved may be old."""
    return sum(
        max(0, ends.get((topic, int(partition)), 0) - offset)
        for topic, partitions in offsets.items()
        for partition, offset in partitions.items()
    )
