"""Table of messages. Rows are added, never changed; how far a message has got is in its delivery."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Message(Table):
    """An internal note, or a message between agents and the customer."""

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The caller; empty for messages of the customer by mail or over the private link."""
    visibility: Mapped[str]
    content: Mapped[bytes | None]
    """The encrypted text."""
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'"))
    """References to the attachments of a mail."""

    __table_args__ = (Index("ix_message_complaint_id_id", "complaint_id", "id"),)
