"""Use cases of messages after they were sent: bounces, and cancellation before."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.messages import events
from heed_common.messages.bounces import Bounce
from heed_common.messages.tables import OUTGOING_CONTENT, OUTGOING_MESSAGE, MessageState

COLUMNS = OUTGOING_MESSAGE.c
BOUNCED_REASON, RETURNED_REASON = "undeliverable", "returned"


async def record_bounce(session: AsyncSession, bounce: Bounce, *, service: str, now: datetime) -> bool:
    """Record that a message came back and publish message.failed. Return False if it is not ours or ended otherwise.

    Only a bad address marks the customer's contact; a message that a policy returned has failed.
    """
    if not bounce.is_permanent:
        return False
    query = select(OUTGOING_MESSAGE).where(COLUMNS.id == bounce.message_id).with_for_update()
    row = (await session.execute(query)).one_or_none()
    if row is None or not _may_bounce(row):
        return False
    state, reason = MessageState.FAILED, RETURNED_REASON
    if bounce.is_bad_address:
        state, reason = MessageState.BOUNCED, BOUNCED_REASON
    await _end(session, row, state=state, reason=reason, service=service, now=now)
    return True


async def cancel(
    session: AsyncSession, message_ids: Collection[UUID], *, reason: str, service: str, now: datetime
) -> set[UUID]:
    """Cancel messages that wait in the queue. Return those that were cancelled: others are being sent or have ended."""
    query = select(OUTGOING_MESSAGE).where(
        COLUMNS.id.in_(sorted(message_ids)), COLUMNS.state == MessageState.QUEUED, COLUMNS.lease_id.is_(None)
    )
    rows = (await session.execute(query.order_by(COLUMNS.id).with_for_update(skip_locked=True))).all()
    for row in rows:
        await _end(session, row, state=MessageState.SUPPRESSED, reason=reason, service=service, now=now)
    return {row.id for row in rows}


def _may_bounce(row: Any) -> bool:  # noqa: ANN401 - a row of the table
    """Return whether the server has got the message. It may bounce before its acceptance is recorded."""
    return bool(row.state == MessageState.SENT or (row.state == MessageState.QUEUED and row.in_transit))


async def _end(
    session: AsyncSession,
    row: Any,  # noqa: ANN401 - a row of the table
    *,
    state: MessageState,
    reason: str,
    service: str,
    now: datetime,
) -> None:
    ended = {"state": state, "reason": reason, "ended_at": now, "lease_id": None, "in_transit": False}
    statement = update(OUTGOING_MESSAGE).where(COLUMNS.id == row.id).values(ended | {"version": row.version + 1})
    changed = (await session.execute(statement.returning(OUTGOING_MESSAGE))).one()
    content = update(OUTGOING_CONTENT).where(OUTGOING_CONTENT.c.message_id == row.id)
    await session.execute(content.values(pending=None))
    await events.stage_ended(session, changed, service=service, now=now)
