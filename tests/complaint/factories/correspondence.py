"""An installation that can send messages, and what its sender reports, as tests need them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, text

from heed_common import outbox
from heed_common.contracts.message import (
    ComplaintMessageFailed,
    ComplaintMessageSent,
    ContactChannel,
    ContactPurpose,
    MessageOutcome,
)
from heed_common.database import Database
from heed_common.messages import contents, repository
from heed_common.messages.repository import Mark
from heed_complaint.correspondence.delivery.recipients import RecipientRecord
from heed_complaint.lifecycle.notifications import service as notifications

POLICY = "/v1/complaints/message-policy"
PUBLIC_URL = "https://service.example"
SELECT_QUEUE = """
    SELECT * FROM outgoing_message JOIN outgoing_message_content ON message_id = id ORDER BY created_at, id
"""


async def allow_messages(database: Database, *, reaches_customers: bool = True, public_url: str | None = PUBLIC_URL):
    """Report what a worker reports at its start: there is a transport for mails."""
    async with database.transaction() as session:
        await notifications.sync_delivery(
            session,
            transports=[ContactChannel.MAIL],
            reaches_customers=reaches_customers,
            public_url=public_url,
            link_days=180,
            time_zone="Asia/Shanghai",
        )


async def set_message_policy(client, **changes: dict[str, Any]):
    """Change the settings of some kinds of messages."""
    current = await client.get(POLICY)
    body = {name: value for name, value in current.json().items() if name != "transports"}
    for kind, settings in changes.items():
        body[kind] = settings if body[kind] is None else body[kind] | settings
    response = await client.put(POLICY, json=body, headers={"If-Match": current.headers["etag"]})
    assert response.status_code == 200, response.text


async def queued(database: Database) -> list[dict[str, Any]]:
    """Return the queue of outgoing messages, the oldest first."""
    async with database.transaction() as session:
        return [_readable(row, database) for row in (await session.execute(text(SELECT_QUEUE))).mappings()]


def _readable(row: RowMapping, database: Database) -> dict[str, Any]:
    """Return the row with its content decrypted."""
    if row["pending"] is None:
        return dict(row)
    return dict(row) | contents.PENDING.decrypt(row["pending"], key=row["message_id"], cipher=database.cipher)


async def hand_over(database: Database, message_id: UUID, *, address: str, now: datetime) -> None:
    """Do what a sender does before a transport gets the message."""
    channel, lease = ContactChannel.MAIL, {"lease_id": uuid4(), "leased_until": now + timedelta(seconds=30)}
    async with database.transaction() as session:
        claimed = await repository.claim_due(session, channels=[channel], held=(), **lease, limit=100, now=now)
        message = next(message for message in claimed if message.id == message_id)
        await RecipientRecord()(session, [Mark(message, channel, None, None, 0, address)])


async def report_sent(database: Database, message_id: UUID, *, now: datetime) -> None:
    await _report(database, ComplaintMessageSent(**_event(message_id, now)), now=now)


async def report_failed(
    database: Database, message_id: UUID, *, now: datetime, outcome: MessageOutcome, reason: str = "no_contact"
) -> None:
    event = ComplaintMessageFailed(**_event(message_id, now), outcome=outcome, reason=reason)
    await _report(database, event, now=now)


def _event(message_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "occurred_at": now,
        "message_id": message_id,
        "purpose": ContactPurpose.SERVICE,
        "channel": ContactChannel.MAIL,
        "template": "complaint.acknowledgement",
    }


async def _report(database: Database, event: ComplaintMessageSent | ComplaintMessageFailed, *, now: datetime) -> None:
    async with database.transaction() as session:
        await outbox.stage(session, event, aggversion=1, now=now)
