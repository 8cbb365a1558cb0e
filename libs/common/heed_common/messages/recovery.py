"""Recovery of the queue after a restore: messages that ended after the backup are not sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.message import MessageEvent, MessageFailed
from heed_common.decoding import ReceivedEvent
from heed_common.messages.tables import OUTGOING_CONTENT, OUTGOING_MESSAGE, MessageState
from heed_common.recovery import Finding, Published, RecoveryOutcome, row_version

ENDED_COLUMNS = ("state", "reason", "channel", "contact_id", "permit_id", "sent_at", "ended_at", "version")
TEXT_LOST = "without its text"


async def recover(session: AsyncSession, published: Published, now: datetime) -> list[Finding]:
    """Record the results of the messages that ended after the backup, also of those that were queued after it."""
    newest = {
        received.event.message_id: _columns(received.event, received)
        for received in sorted(published.events, key=lambda received: received.aggversion)
        if isinstance(received.event, MessageEvent)
    }
    rows = [newest[message_id] for message_id in sorted(newest)]
    if not rows:
        return []
    new_rows = insert(OUTGOING_MESSAGE)
    statement = new_rows.on_conflict_do_update(
        index_elements=["id"],
        set_={name: new_rows.excluded[name] for name in ENDED_COLUMNS} | {"lease_id": None, "in_transit": False},
        where=OUTGOING_MESSAGE.c.version < new_rows.excluded.version,
    ).returning(OUTGOING_MESSAGE.c.id)
    changed = set(await session.scalars(statement, rows))
    new = await _add_contents(session, rows)
    ended = OUTGOING_CONTENT.c.message_id.in_(sorted(changed))
    await session.execute(update(OUTGOING_CONTENT).where(ended).values(pending=None))
    return [
        Finding("message", message_id, RecoveryOutcome.RECOVERED, TEXT_LOST if message_id in new else "")
        for message_id in sorted(changed)
    ]


async def _add_contents(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[Any]:
    """Add empty contents of messages that the backup does not contain. Return their ids."""
    contents = [{"message_id": row["id"], "secret": False} for row in rows]
    statement = insert(OUTGOING_CONTENT).on_conflict_do_nothing().returning(OUTGOING_CONTENT.c.message_id)
    return set(await session.scalars(statement, contents))


def _columns(event: MessageEvent, received: ReceivedEvent[Any]) -> dict[str, Any]:
    """Return the row of a message that ended, as far as its event describes it."""
    failed = event if isinstance(event, MessageFailed) else None
    return {
        "id": event.message_id,
        "customer_id": event.customer_id,
        "purpose": event.purpose,
        "channels": [event.channel],
        "channel": event.channel,
        "promotional": False,
        "template": event.template,
        "about_type": event.about.type if event.about else None,
        "about_id": event.about.id if event.about else None,
        "contact_id": event.contact_id,
        "permit_id": event.permit_id,
        "created_at": event.occurred_at,
        "due_at": event.occurred_at,
        "expires_at": event.occurred_at,
        "state": MessageState.SENT if failed is None else MessageState(failed.outcome),
        "reason": failed.reason if failed else None,
        "attempts": 0,
        "in_transit": False,
        "sent_at": event.occurred_at if failed is None else None,
        "ended_at": event.occurred_at,
        "version": row_version(received),
    }
