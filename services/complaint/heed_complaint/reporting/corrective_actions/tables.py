"""What is being done about the causes of complaints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CorrectiveAction(Table):
    __tablename__ = "correction"

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
    """That the customer of a complaint has heard of it: once."""

    __tablename__ = "correction_told"

    correction_id: Mapped[UUID] = mapped_column(ForeignKey("correction.id", ondelete="CASCADE"), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
