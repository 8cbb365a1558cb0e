"""Table of tags."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class CustomerTag(Table):
    """A tag of a customer, as it was first written."""

    __tablename__ = "customer_tag"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tag_key: Mapped[str] = mapped_column(primary_key=True)
    """Normal form of the tag: `VIP` and `vip` are one."""
    tag: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[str]

    __table_args__ = (Index("ix_customer_tag_tag_key", "tag_key", "customer_id"),)
