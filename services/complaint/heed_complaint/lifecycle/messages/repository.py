"""SQL of messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import SQLColumnExpression

from heed_common.session_cipher import get_cipher
from heed_complaint.lifecycle.messages import content
from heed_complaint.lifecycle.messages.rules import Visibility
from heed_complaint.lifecycle.messages.tables import Message
from heed_complaint.lifecycle.notifications.tables import MessageDelivery


class DeliveredMessage(NamedTuple):
    """A message, with its delivery if it was sent to the customer."""

    message: Message
    delivery: MessageDelivery | None
    text: str | None
    """None if no key decrypts it."""


async def list_messages(
    session: AsyncSession,
    complaint_ids: Sequence[UUID],
    *,
    visibility: Visibility | None,
    after: UUID | None,
    limit: int,
) -> Sequence[DeliveredMessage]:
    """Return the messages on the complaints, the oldest first."""
    query = (
        select(Message, MessageDelivery)
        .outerjoin(MessageDelivery, MessageDelivery.message_id == Message.id)
        .where(Message.complaint_id.in_(complaint_ids))
        .order_by(Message.id)
        .limit(limit)
    )
    if visibility is not None:
        query = query.where(Message.visibility == visibility)
    if after is not None:
        query = query.where(Message.id > after)
    cipher = get_cipher(session)
    return [
        DeliveredMessage(message, delivery, content.decrypt(message, cipher=cipher))
        for message, delivery in await session.execute(query)
    ]


async def get_delivery(session: AsyncSession, message_id: UUID) -> MessageDelivery | None:
    return await session.get(MessageDelivery, message_id)


async def latest_customer_messages(
    session: AsyncSession, complaint_ids: Sequence[UUID], *, limit: int
) -> Sequence[Message]:
    """Return the latest messages that the customer can read, the oldest of them first."""
    newest = (
        select(Message)
        .where(Message.complaint_id.in_(complaint_ids), Message.visibility == Visibility.CUSTOMER)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return (await session.scalars(newest)).all()[::-1]


def has_customer_message_after(complaint_id: SQLColumnExpression[UUID], moment: datetime) -> ColumnElement[bool]:
    """Return the condition that the complaint has a message after that moment which the customer can read."""
    about = (Message.complaint_id == complaint_id) & (Message.visibility == Visibility.CUSTOMER)
    return select(Message.id).where(about, Message.at > moment).exists()
