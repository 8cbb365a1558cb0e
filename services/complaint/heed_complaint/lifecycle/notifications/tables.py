"""Tables of notifications: the policy, and how far each message has got."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class MessagePolicyRow(Table):
    """One row: the operator's policy, and what the processes that send have reported. See `rules.MessagePolicy`."""

    __tablename__ = "message_policy"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    kinds: Mapped[dict[str, Any]] = mapped_column(JSONB)
    recourse: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """Counts the changes made by callers: its ETag."""
    transports: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Channels over which this installation can send. Without any, no message is queued."""
    reaches_customers: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the customer service can be asked for addresses."""
    public_url: Mapped[str | None]
    link_days: Mapped[int] = mapped_column(server_default=text("180"))
    time_zone: Mapped[str] = mapped_column(server_default=text("'UTC'"))

    __table_args__ = (CheckConstraint("id", name="one_row"),)


class MessageDelivery(Table):
    """How far a message to the customer has got. The text is that of its message."""

    __tablename__ = "message_delivery"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    kind: Mapped[str]
    cause: Mapped[str]
    """What it announces, such as the completion of a certain moment: announced once."""
    template: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    changed_at: Mapped[datetime]
    recipient_hash: Mapped[bytes | None]
    """Of the customer's address, keyed: a reply from there is the customer's. The address itself is not stored."""

    __table_args__ = (UniqueConstraint("complaint_id", "cause", name="uq_message_delivery_cause"),)


class ReplyKey(Table):
    """One row: the key of the hashes of recipients. See `reply_key`."""

    __tablename__ = "reply_key"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    content: Mapped[bytes]
    """Encrypted."""

    __table_args__ = (CheckConstraint("id", name="one_row"),)
