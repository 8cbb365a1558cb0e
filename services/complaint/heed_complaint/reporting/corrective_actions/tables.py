"""Tables of corrective actions and of the notifications of earlier complainants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CorrectiveAction(Table):
    __tablename__ = "corrective_action"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str | None]
    category: Mapped[str | None]
    product: Mapped[str | None]
    measure: Mapped[str]
    owner: Mapped[str]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class CorrectiveActionNotification(Table):
    """Notification of the customer of a complaint, sent once."""

    __tablename__ = "corrective_action_notification"

    action_id: Mapped[UUID] = mapped_column(ForeignKey("corrective_action.id", ondelete="CASCADE"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
