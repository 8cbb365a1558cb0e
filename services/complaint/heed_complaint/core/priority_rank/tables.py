"""Priority ranks of the open complaints, derived from their clocks and forecasts and stored for an index."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table

ACTIONABLE = text("actionable")


class PriorityRank(Table):
    """Rank of one complaint, written in the same transaction as the data that it derives from.

    Ended complaints and unreported grievances have none, unless the customer wrote; merged complaints have none.
    """

    __tablename__ = "priority_rank"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    owner: Mapped[str | None]
    queue: Mapped[str | None]
    state: Mapped[str]
    actionable: Mapped[bool]
    """The complaint needs work, not only a call-back, or the customer wrote."""
    confidential: Mapped[bool]
    due_at: Mapped[datetime | None]
    """The next pending deadline."""
    effective_deadline: Mapped[datetime]
    weight: Mapped[float] = mapped_column(Double)
    sort_key: Mapped[float] = mapped_column(Double)
    customer_wrote_at: Mapped[datetime | None]
    """The first message of the customer that no agent has answered."""

    __table_args__ = (
        Index("ix_priority_rank_sort_key", "sort_key", "complaint_id", postgresql_where=ACTIONABLE),
        Index("ix_priority_rank_owner_customer_wrote", "owner", postgresql_where=text("customer_wrote_at IS NOT NULL")),
        Index("ix_priority_rank_queue_sort_key", "queue", "sort_key", "complaint_id", postgresql_where=ACTIONABLE),
    )
