"""Tables of sensitive fields."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class SensitiveValue(Table):
    """A sensitive field, encrypted with its table, customer and field as context."""

    __tablename__ = "profile_sensitive_value"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    profile_group: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    encrypted: Mapped[bytes]
    blind_index: Mapped[bytes | None] = mapped_column(index=True)
    """Of an id number, by which a customer is found."""
    changed_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None]


class SensitiveRead(Table):
    """That a caller read a sensitive field."""

    __tablename__ = "profile_sensitive_read"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    profile_group: Mapped[str]
    field: Mapped[str]
    read_at: Mapped[datetime]
    read_by: Mapped[str]

    __table_args__ = (
        Index("ix_profile_sensitive_read_customer_id", "customer_id", "id"),
        Index("ix_profile_sensitive_read_read_by", "read_by", "id"),
    )
