"""What is promised to everybody, and on which complaints it was paid for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Guarantee(Table):
    __tablename__ = "guarantee"

    name: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As operators write it."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class GuaranteeClaim(Table):
    """That a guarantee was triggered on a complaint: its key makes sure that this happens once."""

    __tablename__ = "guarantee_call"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    guarantee: Mapped[str] = mapped_column(primary_key=True)
    """By name and without a reference: what was paid stays paid when the guarantee is taken away."""
    at: Mapped[datetime]
    by: Mapped[str | None]
    """Who passed the customer's word on; empty where a broken promise spoke for itself."""
    broken: Mapped[list[str]] = mapped_column(JSONB)
    remedy_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    """When a breach behind it was taken back; the payment stays."""
