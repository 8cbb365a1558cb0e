"""Table of merges."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class ComplaintMerge(Table):
    """A merge of a duplicate into the complaint that survives, with the data to undo it."""

    __tablename__ = "complaint_merge"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    duplicate_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"))
    merged_at: Mapped[datetime]
    survivor_received_at: Mapped[datetime]
    """The survivor's own, without those of its duplicates."""
    survivor_occurred_at: Mapped[datetime]
    duplicate_state_before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """State, pause and pending milestones of the duplicate; empty if it had ended."""
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_complaint_merge_duplicate_id", "duplicate_id", unique=True, postgresql_where=text("undone_at IS NULL")
        ),
    )
