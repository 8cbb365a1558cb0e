"""SQL of the queue of outgoing messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import DateTime, Text, Uuid

from heed_common.contracts.message import ContactChannel, ContactPurpose, MessageSubject
from heed_common.messages.tables import MessageState

JOB_NAME = "messages"
"""Name of the failed work of senders."""

CLAIM_DUE = text("""
    UPDATE outgoing_message AS message SET lease_id = :lease_id, due_at = :leased_until
    FROM (
        SELECT id FROM outgoing_message
        WHERE state = 'queued' AND channel = ANY(:channels) AND due_at <= :now AND id <> ALL(:held)
            AND NOT EXISTS (
                SELECT FROM failed_work WHERE job = :job AND key = CAST(outgoing_message.id AS text)
                    AND dropped_at IS NULL AND next_attempt_at > :now
            )
        ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    ) AS due
    JOIN outgoing_message_content AS content ON content.message_id = due.id
    LEFT JOIN failed_work ON job = :job AND key = CAST(due.id AS text)
    WHERE message.id = due.id
    RETURNING message.*, content.pending, content.secret,
        failed_work.key IS NOT NULL AS has_failed, failed_work.dropped_at IS NOT NULL AS is_dropped
""").bindparams(
    bindparam("lease_id", type_=Uuid()), bindparam("channels", type_=ARRAY(Text)), bindparam("held", type_=ARRAY(Uuid))
)
RENEW_LEASES = text("""
    UPDATE outgoing_message SET due_at = :leased_until
    WHERE id = ANY(:ids) AND lease_id = :lease_id AND state = 'queued'
""").bindparams(bindparam("lease_id", type_=Uuid()), bindparam("ids", type_=ARRAY(Uuid)))
MARK_HANDED_OVER = text("""
    UPDATE outgoing_message AS message
    SET in_transit = true, attempts = attempts + 1, channel = marked.channel, contact_id = marked.contact_id,
        permit_id = marked.permit_id, template_version = marked.template_version
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:channels AS text[]), CAST(:contact_ids AS uuid[]), CAST(:permit_ids AS uuid[]),
        CAST(:template_versions AS int[])
    ) AS marked (id, channel, contact_id, permit_id, template_version)
    WHERE message.id = marked.id AND message.lease_id = :lease_id AND message.state = 'queued' AND message.due_at > :now
    RETURNING message.id
""").bindparams(bindparam("lease_id", type_=Uuid()))
"""A sender that lost its lease, because it was stopped for a while, does not hand over what another one sends."""
RELEASE = text("""
    UPDATE outgoing_message AS message
    SET lease_id = NULL, due_at = released.due_at, reason = released.reason, in_transit = released.in_transit,
        channel = released.channel
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:due_ats AS timestamptz[]), CAST(:reasons AS text[]),
        CAST(:in_transits AS boolean[]), CAST(:channels AS text[])
    ) AS released (id, due_at, reason, in_transit, channel)
    WHERE message.id = released.id AND message.lease_id = :lease_id AND message.state = 'queued'
    RETURNING message.id
""").bindparams(bindparam("lease_id", type_=Uuid()), bindparam("due_ats", type_=ARRAY(DateTime(timezone=True))))
END = text("""
    WITH ended AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:sents AS bytea[])
        ) AS ended (id, state, reason, sent)
    ), updated AS (
        UPDATE outgoing_message AS message
        SET state = ended.state, reason = ended.reason, lease_id = NULL, in_transit = false, ended_at = :now,
            sent_at = CASE ended.state WHEN 'sent' THEN CAST(:now AS timestamptz) END, version = version + 1
        FROM ended
        WHERE message.id = ended.id AND message.state = 'queued'
            AND (ended.state = 'sent' OR message.lease_id = :lease_id)
        RETURNING message.*
    ), logged AS (
        UPDATE outgoing_message_content AS content
        SET sent = ended.sent, pending = NULL
        FROM ended JOIN updated ON updated.id = ended.id WHERE content.message_id = ended.id
    )
    SELECT updated.*, outbox_epoch.epoch FROM updated CROSS JOIN outbox_epoch ORDER BY updated.id
""").bindparams(bindparam("lease_id", type_=Uuid()))
"""What was sent is recorded as sent even by a sender that lost its lease."""
SELECT_NEXT_DUE = text("""
    SELECT least(
        (
            SELECT min(due_at) FROM outgoing_message
            WHERE state = 'queued' AND channel = ANY(:channels) AND NOT EXISTS (
                SELECT FROM failed_work WHERE job = :job AND key = CAST(outgoing_message.id AS text)
                    AND dropped_at IS NULL AND next_attempt_at > :now
            )
        ),
        (
            SELECT min(next_attempt_at) FROM failed_work
            WHERE job = :job AND dropped_at IS NULL AND next_attempt_at > :now
        )
    )
""").bindparams(bindparam("channels", type_=ARRAY(Text)), bindparam("job", JOB_NAME))
COUNT_DUE = text("SELECT count(*), min(created_at) FROM outgoing_message WHERE state = 'queued' AND due_at <= :now")


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message that this sender works on. Its content is not in its repr."""

    id: UUID
    customer_id: UUID | None
    only_contact_id: UUID | None
    purpose: ContactPurpose
    channels: tuple[ContactChannel, ...]
    channel: ContactChannel
    promotional: bool
    template: str
    language: str | None
    about: MessageSubject | None
    dedupe_key: str | None
    created_at: datetime
    expires_at: datetime
    attempts: int
    in_transit: bool
    has_failed: bool
    is_dropped: bool
    secret: bool
    pending: bytes | None = field(repr=False)

    @classmethod
    def from_row(cls, row: Any) -> "ClaimedMessage":  # noqa: ANN401 - a row of the query above
        return cls(
            id=row.id,
            customer_id=row.customer_id,
            only_contact_id=row.only_contact_id,
            purpose=ContactPurpose(row.purpose),
            channels=tuple(ContactChannel(channel) for channel in row.channels),
            channel=ContactChannel(row.channel),
            promotional=row.promotional,
            template=row.template,
            language=row.language,
            about=MessageSubject(type=row.about_type, id=row.about_id) if row.about_id else None,
            dedupe_key=row.dedupe_key,
            created_at=row.created_at,
            expires_at=row.expires_at,
            attempts=row.attempts,
            in_transit=row.in_transit,
            has_failed=row.has_failed,
            is_dropped=row.is_dropped,
            secret=row.secret,
            pending=row.pending,
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """The message is about to be handed over to the transport."""

    message: ClaimedMessage
    channel: ContactChannel
    contact_id: UUID | None
    permit_id: UUID | None
    template_version: int
    address: str = field(repr=False)
    """Where it goes. It is not stored."""


@dataclass(frozen=True, slots=True)
class Release:
    """The message is due again later."""

    message: ClaimedMessage
    due_at: datetime
    reason: str | None = None
    in_transit: bool = False
    channel: ContactChannel | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The message was sent, or is given up."""

    message: ClaimedMessage
    state: MessageState
    reason: str | None = None
    sent: bytes | None = field(default=None, repr=False)
    """The encrypted text."""


Change = Mark | Release | End


async def claim_due(
    session: AsyncSession,
    *,
    channels: Collection[ContactChannel],
    held: Collection[UUID],
    lease_id: UUID,
    leased_until: datetime,
    limit: int,
    now: datetime,
) -> list[ClaimedMessage]:
    """Lease the messages that are due, oldest first, without those that another sender is claiming."""
    params = {"channels": sorted(channels), "held": sorted(held), "lease_id": lease_id, "leased_until": leased_until}
    rows = await session.execute(CLAIM_DUE, params | {"limit": limit, "now": now, "job": JOB_NAME})
    return sorted(map(ClaimedMessage.from_row, rows), key=lambda message: message.id)


async def renew_leases(session: AsyncSession, ids: Collection[UUID], *, lease_id: UUID, leased_until: datetime) -> None:
    await session.execute(RENEW_LEASES, {"ids": sorted(ids), "lease_id": lease_id, "leased_until": leased_until})


async def mark(session: AsyncSession, marks: Sequence[Mark], *, lease_id: UUID, now: datetime) -> set[UUID]:
    """Record that the messages are about to be handed over. Return those whose lease still holds."""
    params = {
        "ids": [mark.message.id for mark in marks],
        "channels": [mark.channel for mark in marks],
        "contact_ids": [mark.contact_id for mark in marks],
        "permit_ids": [mark.permit_id for mark in marks],
        "template_versions": [mark.template_version for mark in marks],
    }
    return set(await session.scalars(MARK_HANDED_OVER, params | {"lease_id": lease_id, "now": now}))


async def release(session: AsyncSession, releases: Sequence[Release], *, lease_id: UUID) -> set[UUID]:
    """Return the messages to the queue."""
    params = {
        "ids": [item.message.id for item in releases],
        "due_ats": [item.due_at for item in releases],
        "reasons": [item.reason for item in releases],
        "in_transits": [item.in_transit for item in releases],
        "channels": [item.channel or item.message.channel for item in releases],
    }
    return set(await session.scalars(RELEASE, params | {"lease_id": lease_id}))


async def end(session: AsyncSession, ends: Sequence[End], *, lease_id: UUID, now: datetime) -> Sequence[Any]:
    """Record the results. Return the rows of the messages that ended now."""
    params = {
        "ids": [item.message.id for item in ends],
        "states": [item.state for item in ends],
        "reasons": [item.reason for item in ends],
        "sents": [item.sent for item in ends],
    }
    return (await session.execute(END, params | {"lease_id": lease_id, "now": now})).all()


async def next_due(session: AsyncSession, *, channels: Collection[ContactChannel], now: datetime) -> datetime | None:
    """Return the moment at which the next message of these channels is due; a lease that ends counts as well."""
    params = {"channels": sorted(channels), "now": now}
    moment: datetime | None = (await session.execute(SELECT_NEXT_DUE, params)).scalar_one()
    return moment


async def count_due(session: AsyncSession, *, now: datetime) -> tuple[int, datetime | None]:
    """Return how many messages are due, and when the oldest of them was queued."""
    row = (await session.execute(COUNT_DUE, {"now": now})).one()
    return row[0], row[1]
