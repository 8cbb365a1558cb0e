"""What was written about complaints. Rows are added, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.tables import Table


class Message(Table):
    """An internal note, or a message between the desk and the customer."""

    __tablename__ = "message"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The caller; empty where it came from outside: by mail, or over the private link."""
    visibility: Mapped[str]
    text: Mapped[str]

    __table_args__ = (Index("ix_message_complaint_id_id", "complaint_id", "id"),)
