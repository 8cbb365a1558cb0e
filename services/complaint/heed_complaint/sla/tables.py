"""Tables of the clocks: their facts, and derived columns for queries."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Milestone(Table):
    """A clock of a complaint. Its present run has columns; previous runs, which few clocks have, share one."""

    __tablename__ = "milestone"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    milestone: Mapped[str] = mapped_column(primary_key=True)
    cycle: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    """Number of the clock among those of the milestone: a reopening may start another one."""

    policy: Mapped[str] = mapped_column(server_default=text("'default'"))
    policy_version: Mapped[int] = mapped_column(server_default=text("1"))
    calendar: Mapped[str] = mapped_column(server_default=text("'always'"))
    calendar_version: Mapped[int] = mapped_column(server_default=text("1"))
    target: Mapped[timedelta]
    warn_at: Mapped[float] = mapped_column(server_default=text("0.75"))
    warn_calendar: Mapped[str | None]
    warn_calendar_version: Mapped[int | None]
    pause_counts: Mapped[bool] = mapped_column(server_default=text("false"))
    escalation: Mapped[list[list[Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """Steps as a share of the target or microseconds after the deadline, with their recipients."""

    started_at: Mapped[datetime | None]
    """Of the present run."""
    replanned: Mapped[bool] = mapped_column(server_default=text("false"))
    previous_runs: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    reached_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    first_reached_at: Mapped[datetime | None]

    warning_announced: Mapped[bool] = mapped_column(server_default=text("false"))
    breach_announced: Mapped[bool]
    escalations_announced: Mapped[int] = mapped_column(server_default=text("0"))

    state: Mapped[str]
    """As of the last write; a clock whose deadline has passed since is missed all the same."""
    due_at: Mapped[datetime | None]
    consumed: Mapped[timedelta | None]
    """Working time of all runs, once it has stopped."""
    next_alert_at: Mapped[datetime | None]
    """After this moment an alert is due."""

    __table_args__ = (
        Index("ix_milestone_next_alert_at", "next_alert_at", postgresql_where=text("next_alert_at IS NOT NULL")),
        Index(
            "ix_milestone_calendar", "calendar", postgresql_where=text("reached_at IS NULL AND cancelled_at IS NULL")
        ),
    )


class Pause(Table):
    """A pause in the ledger of a complaint. Changes of policy and priority leave the ledger as it is."""

    __tablename__ = "pause"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime | None]
    reason: Mapped[str]
