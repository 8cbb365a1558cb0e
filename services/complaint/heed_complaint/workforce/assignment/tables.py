"""Tables of assignments and completions. Rows are added; only a reopening changes a completion."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Assignment(Table):
    """One assignment of a complaint, with its reason."""

    __tablename__ = "assignment"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The caller; null for an automatic assignment."""
    owner: Mapped[str | None]
    queue: Mapped[str | None]
    previous_owner: Mapped[str | None]
    reason: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None]


class Completion(Table):
    """One completion of a complaint, and its reopening."""

    __tablename__ = "completion"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    by: Mapped[str]
    at: Mapped[datetime]
    reopened_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_completion_by_at", "by", "at"), Index("ix_completion_at", "at"))
