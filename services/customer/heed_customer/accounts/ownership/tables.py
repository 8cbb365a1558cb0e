"""Table of owners."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class OwnerChange(Table):
    """From a version of the customer on: its owner, and what the previous one handed over."""

    __tablename__ = "customer_owner"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str | None]
    since: Mapped[datetime]
    changed_by: Mapped[str | None]
    """The caller of a hand-over; of other changes it is in the audit trail."""
    note: Mapped[str | None]
    open_items: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Ids of what was open at a hand-over."""
