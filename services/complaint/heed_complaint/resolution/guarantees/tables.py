"""Tables of guarantees and of the claims on them."""

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
    """The guarantee as the operator wrote it."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class GuaranteeClaim(Table):
    """Claim on a guarantee; its key makes sure that there is one for each complaint and guarantee."""

    __tablename__ = "guarantee_claim"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    guarantee: Mapped[str] = mapped_column(primary_key=True)
    """Its name, without a foreign key: the claim stays when the guarantee is deleted."""
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The agent who claimed it for the customer; empty after a breach."""
    broken: Mapped[list[str]] = mapped_column(JSONB)
    remedy_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    """When the breach behind it was withdrawn; the payment stays."""
