"""What is remembered of complaints that belong together."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class RepeatRule(Table):
    """From which complaint of one customer about one product on somebody else is called. There is one row."""

    __tablename__ = "repeat_rule"
    __table_args__ = (CheckConstraint('"only"', name="one_row"),)

    only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    escalate_from: Mapped[int]
    to: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class ComplaintMerge(Table):
    """Which complaint took another one's place, and what it takes to undo that."""

    __tablename__ = "complaint_merge"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    duplicate_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    merged_at: Mapped[datetime]
    survivor_received_at: Mapped[datetime]
    """The survivor's own, before those of any duplicate counted."""
    survivor_occurred_at: Mapped[datetime]
    standing: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """How the duplicate stood."""
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_complaint_merge_duplicate_id", "duplicate_id", unique=True, postgresql_where=text("undone_at IS NULL")
        ),
    )


class Incident(Table):
    """One fault that many complain about."""

    __tablename__ = "incident"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    product: Mapped[str | None]
    service_point_id: Mapped[str | None]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    over_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
