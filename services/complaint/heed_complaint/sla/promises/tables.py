"""Table of promises."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Promise(Table):
    """A promise to a customer; overdue, it is broken unless an agent resolved it before."""

    __tablename__ = "promise"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    description: Mapped[str]
    promised_by: Mapped[datetime]
    """The moment until which it can be kept."""
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    state: Mapped[str]
    settled_at: Mapped[datetime | None]
    """When it was kept, broken or became void."""
    customer_notified: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the customer was notified in advance, with an apology, that it cannot be kept."""
    apology: Mapped[str | None]
    replaces: Mapped[UUID | None]
    """The promise that it replaces."""

    __table_args__ = (
        Index("ix_promise_due", "promised_by", postgresql_where=text("state = 'open'")),
        Index("ix_promise_made_by", "made_by", "settled_at"),
        Index("ix_promise_settled_at", "settled_at"),
    )
