"""Table of returns."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import MONEY, QUANTITY, Table


class PurchaseReturn(Table):
    __tablename__ = "purchase_return"
    __table_args__ = (Index("ix_purchase_return_occurred_at_id", "occurred_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"), index=True)
    occurred_at: Mapped[datetime]
    reason: Mapped[str]
    note: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    gross: Mapped[Decimal] = mapped_column(MONEY)
    margin: Mapped[Decimal] = mapped_column(MONEY)
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
