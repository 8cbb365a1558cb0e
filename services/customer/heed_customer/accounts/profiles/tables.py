"""Tables of profiles. Personal data is in no other table of the package."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Profile(Table):
    """One group of fields of a customer, without the sensitive ones."""

    __tablename__ = "profile"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    profile_group: Mapped[str] = mapped_column(primary_key=True)
    schema_version: Mapped[int]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class ProfileChange(Table):
    """What a caller changed in a group. Of sensitive fields there are only the names."""

    __tablename__ = "profile_change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    profile_group: Mapped[str]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index("ix_profile_change_customer_id", "customer_id", "profile_group", "id"),)
