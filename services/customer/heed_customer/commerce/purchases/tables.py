"""Table of purchases."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import MONEY, QUANTITY, Table


class Purchase(Table):
    """Only `version` changes, with each return; returns have rows of their own."""

    __tablename__ = "purchase"
    __table_args__ = (
        Index("ix_purchase_customer_id", "customer_id", "occurred_at"),
        Index("ix_purchase_occurred_at_id", "occurred_at", "id"),
        Index(
            "ix_purchase_service_point_id_occurred_at",
            "service_point_id",
            "occurred_at",
            postgresql_where=text("service_point_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    currency: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    gross: Mapped[Decimal] = mapped_column(MONEY)
    margin: Mapped[Decimal] = mapped_column(MONEY)
    margin_estimated: Mapped[bool]
    service_point_id: Mapped[str | None]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    version: Mapped[int]
    recorded_at: Mapped[datetime]
