"""Table of needs."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Need(Table):
    """What a customer needs, and how it is known."""

    __tablename__ = "need"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    description: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[Decimal] = mapped_column(Numeric(3, 2))
    since: Mapped[date]
    confirmed: Mapped[bool]
    revision: Mapped[int]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    changed_at: Mapped[datetime]

    __table_args__ = (Index("ix_need_customer_id", "customer_id", "id"),)
