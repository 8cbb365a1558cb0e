"""What was promised, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Promise(Table):
    """A word given to a customer; its time decides about it unless an agent did before."""

    __tablename__ = "promise"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    what: Mapped[str]
    promised_by: Mapped[datetime]
    """The moment by which it is to be kept."""
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    state: Mapped[str]
    settled_at: Mapped[datetime | None]
    """When it was kept, broken or no longer waited for."""
    told_before: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the customer was told in time, with an apology, that it cannot be kept."""
    apology: Mapped[str | None]
    replaces: Mapped[UUID | None]
    """The promise in whose place it was given."""

    __table_args__ = (
        Index("ix_promise_due", "promised_by", postgresql_where=text("state = 'open'")),
        Index("ix_promise_made_by", "made_by", "settled_at"),
        Index("ix_promise_settled_at", "settled_at"),
    )
