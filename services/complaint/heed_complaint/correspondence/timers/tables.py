"""Table of message timers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class MessageTimer(Table):
    """When a timed message may be due. The clock decides at that moment: the customer may have heard from us since."""

    __tablename__ = "message_timer"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]

    __table_args__ = (Index("ix_message_timer_due_at", "due_at"),)
