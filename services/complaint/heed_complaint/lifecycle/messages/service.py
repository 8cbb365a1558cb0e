"""Use cases of messages between agents and the customer, and of internal notes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLColumnExpression

from heed_common.identifiers import new_id
from heed_common.revisions import check_if_match
from heed_common.session_cipher import get_cipher
from heed_complaint.core import repository as complaints
from heed_complaint.core.errors import ComplaintNotFound
from heed_complaint.core.priority_rank import repository as refresh
from heed_complaint.lifecycle.messages import content, repository
from heed_complaint.lifecycle.messages.repository import DeliveredMessage
from heed_complaint.lifecycle.messages.rules import NewMessage, Visibility, VisibleMessage, author
from heed_complaint.lifecycle.messages.tables import Message
from heed_complaint.lifecycle.notifications import service as notifications
from heed_complaint.lifecycle.notifications.rules import MessageKind
from heed_complaint.sla import case as cases


async def create_message(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    visibility: Visibility,
    text: str,
    attachments: Sequence[dict[str, Any]] = (),
    by: str | None,
    now: datetime,
) -> Message:
    """Create a message; the history records it without its text. Raises `ComplaintNotFound`."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    message = Message(id=new_id(), complaint_id=complaint_id, at=now, by=by, visibility=visibility)
    message.content = content.encrypt(text, message=message, cipher=get_cipher(session))
    message.attachments = list(attachments)
    session.add(message)
    after = {"message_id": str(message.id), "visibility": visibility}
    complaints.append_history(session, complaint_id, at=now, by=by, action="message", before={}, after=after)
    await session.flush()
    return message


async def insert_past(session: AsyncSession, messages: Sequence[NewMessage]) -> None:
    """Insert messages of the past, of which the caller has the history. Nothing is sent."""
    for new in messages:
        message = Message(id=new.id, complaint_id=new.complaint_id, at=new.at, by=new.by, visibility=new.visibility)
        message.content = content.encrypt(new.text, message=message, cipher=get_cipher(session))
        message.attachments = []
        session.add(message)
    await session.flush()


async def list_messages(
    session: AsyncSession, *, complaint_id: UUID, visibility: Visibility | None, after: UUID | None, limit: int
) -> Sequence[DeliveredMessage]:
    """Return the messages, the oldest first; also those on complaints that are merged into it."""
    if await complaints.load_complaint(session, complaint_id) is None:
        raise ComplaintNotFound
    members = await complaints.load_merged_ids(session, complaint_id)
    return await repository.list_messages(session, members, visibility=visibility, after=after, limit=limit)


async def get_message(session: AsyncSession, message: Message) -> DeliveredMessage:
    """Return the message with the state of its delivery."""
    text = content.decrypt(message, cipher=get_cipher(session))
    return DeliveredMessage(message, await repository.get_delivery(session, message.id), text)


async def complaint_of_message(session: AsyncSession, message_id: UUID) -> UUID | None:
    """Return the complaint that the message is about; None if there is no such message."""
    message = await session.get(Message, message_id)
    return None if message is None else message.complaint_id


async def latest_customer_messages(
    session: AsyncSession, complaint_ids: Sequence[UUID], *, limit: int
) -> list[VisibleMessage]:
    """Return the latest messages that the customer can read, the oldest of them first."""
    found = await repository.latest_customer_messages(session, complaint_ids, limit=limit)
    texts = [(message, content.decrypt(message, cipher=get_cipher(session))) for message in found]
    return [VisibleMessage(message.at, author(message.by), text) for message, text in texts if text is not None]


def has_customer_message_after(complaint_id: SQLColumnExpression[UUID], moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a message which the customer can read was added after that moment."""
    return repository.has_customer_message_after(complaint_id, moment)


async def create_agent_message(
    session: AsyncSession,
    *,
    complaint_id: UUID,
    visibility: Visibility,
    text: str,
    by: str,
    if_match: int | None,
    now: datetime,
) -> Message:
    """Store an agent's message; one that the customer can read answers what the customer wrote, and is sent.

    Raises `ComplaintNotFound`.
    """
    case = await cases.lock(session, await complaints.lock_survivor(session, complaint_id))
    check_if_match(if_match, case.complaint.revision)
    if visibility is Visibility.CUSTOMER and case.complaint.customer_wrote_at is not None:
        case.complaint.customer_wrote_at = None
        case.complaint.revision += 1
        await session.flush()
        await refresh.refresh_ranks(session, [case.complaint.id])
    if visibility is Visibility.INTERNAL:
        return await create_message(
            session, complaint_id=complaint_id, visibility=visibility, text=text, by=by, now=now
        )
    return await send_message(session, complaint_id=complaint_id, text=text, by=by, now=now)


async def send_message(session: AsyncSession, *, complaint_id: UUID, text: str, by: str, now: datetime) -> Message:
    """Store a message to the customer, and queue it if the customer can be reached; the private page shows it anyway.

    The caller holds the lock of the complaint. Raises `ComplaintNotFound`.
    """
    message = await create_message(
        session, complaint_id=complaint_id, visibility=Visibility.CUSTOMER, text=text, by=by, now=now
    )
    complaint = await complaints.load_complaint(session, complaint_id)
    if complaint is None:
        raise ComplaintNotFound
    cause = f"{MessageKind.REPLY}:{message.id}"
    notification = await notifications.prepare(session, complaint, MessageKind.REPLY, cause=cause)
    if notification is not None:
        params = await notifications.common_params(session, notification)
        params["text"] = None if complaint.confidential else text
        await notifications.enqueue(session, notification, message_id=message.id, params=params, now=now)
    return message
