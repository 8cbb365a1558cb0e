"""What customers got, what waits for a second person, and what was refused."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Remedy(Table):
    __tablename__ = "remedy"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    kind: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(13, 4))
    currency: Mapped[str]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(13, 4))
    note: Mapped[str | None]
    state: Mapped[str]
    over_limit: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it was more than one person may give."""
    playbook: Mapped[str | None]
    """Whose limits it was held against; empty where the general ones were."""
    guarantee: Mapped[str | None]
    """The broken promise that it pays for; nobody asked for such a one."""
    requested_by: Mapped[str | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    """Empty where nobody had to decide."""
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]

    __table_args__ = (Index("ix_remedy_complaint_id_id", "complaint_id", "id"),)
