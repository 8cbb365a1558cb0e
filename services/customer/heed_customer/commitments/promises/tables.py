"""Table of promises."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Promise(Table):
    """A promise to a customer. It is open until it is kept or broken; overdue, the job breaks it."""

    __tablename__ = "promise"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    description: Mapped[str]
    due_at: Mapped[datetime]
    made_by: Mapped[str]
    made_to: Mapped[str | None]
    state: Mapped[str]
    version: Mapped[int]
    """Number of events about it."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    """The caller; none if the job broke it."""
    settlement_note: Mapped[str | None]

    __table_args__ = (
        Index("ix_promise_customer_id", "customer_id", "id"),
        Index("ix_promise_due_at", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_promise_due_at_id", "due_at", "id"),
    )
