"""Events of messages that ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.message import (
    FAILED_BY_SERVICE,
    SENT_BY_SERVICE,
    MessageEvent,
    MessageOutcome,
    MessageSubject,
)
from heed_common.messages.tables import MessageState


async def stage_ended(session: AsyncSession, row: Any, *, service: str, now: datetime) -> UUID:  # noqa: ANN401 - a row
    """Stage message.sent or message.failed for a message whose row is locked."""
    return await outbox.stage(session, to_event(row, service=service, now=now), aggversion=row.version, now=now)


def to_event(row: Any, *, service: str, now: datetime) -> MessageEvent:  # noqa: ANN401 - a row
    """Return the event of a message that ended."""
    fields: dict[str, Any] = {
        "occurred_at": now,
        "message_id": row.id,
        "customer_id": row.customer_id,
        "purpose": row.purpose,
        "channel": row.channel,
        "template": row.template,
        "about": MessageSubject(type=row.about_type, id=row.about_id) if row.about_id else None,
        "contact_id": row.contact_id,
        "permit_id": row.permit_id,
    }
    if row.state == MessageState.SENT:
        return SENT_BY_SERVICE[service](**fields)
    bounced = row.state == MessageState.BOUNCED
    return FAILED_BY_SERVICE[service](
        **fields, outcome=MessageOutcome(row.state), reason=row.reason or row.state, bounced=bounced
    )
