"""Table of remedies: granted, pending and rejected."""

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
    """Whether it exceeded the limits of one person."""
    playbook: Mapped[str | None]
    """The playbook whose limits applied; empty if the general limits did."""
    guarantee: Mapped[str | None]
    """The guarantee that it pays out; such a remedy needs no request and no limit."""
    requested_by: Mapped[str | None]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    """Empty if no approval was needed."""
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]

    __table_args__ = (Index("ix_remedy_complaint_id_id", "complaint_id", "id"),)
