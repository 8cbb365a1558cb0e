"""Where each open complaint stands in the queue: what follows from it, its clocks and its outlook, for an index."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table

TO_DO = text("to_do")


class Place(Table):
    """Written with whatever it follows from, in the same transaction.

    What has ended or was never voiced has none, unless its customer wrote; what is merged into another has none.
    """

    __tablename__ = "place"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    owner: Mapped[str | None]
    queue: Mapped[str | None]
    state: Mapped[str]
    to_do: Mapped[bool]
    """Still to be worked on, not only to be asked how it went; or the customer wrote."""
    confidential: Mapped[bool]
    due_at: Mapped[datetime | None]
    """The next deadline of what is still owed."""
    counts_until: Mapped[datetime]
    weight: Mapped[float] = mapped_column(Double)
    key: Mapped[float] = mapped_column(Double)
    customer_wrote_at: Mapped[datetime | None]
    """The first message of the customer that no agent has answered."""

    __table_args__ = (
        Index("ix_place_key", "key", "complaint_id", postgresql_where=TO_DO),
        Index("ix_place_owner_customer_wrote", "owner", postgresql_where=text("customer_wrote_at IS NOT NULL")),
        Index("ix_place_queue_key", "queue", "key", "complaint_id", postgresql_where=TO_DO),
    )
