"""Tables of triggers and of the occasions that wait for their moment."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Interval, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class SurveyTrigger(Table):
    """A rule of a survey: after this event, if the condition holds, invite the customer after each of the delays."""

    __tablename__ = "survey_trigger"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    name: Mapped[str]
    event: Mapped[str] = mapped_column(index=True)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    delays: Mapped[list[timedelta]] = mapped_column(ARRAY(Interval))
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reminders: Mapped[int]
    remind_every: Mapped[timedelta] = mapped_column(Interval)
    lifetime: Mapped[timedelta] = mapped_column(Interval)
    thanks: Mapped[bool]
    max_invitations: Mapped[int]
    """Of one customer in the period."""
    period: Mapped[timedelta] = mapped_column(Interval)
    active: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("survey_id", "name"),)


class TriggerOccasion(Table):
    """An event that triggered, one row for each step of the sequence."""

    __tablename__ = "trigger_occasion"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    trigger_id: Mapped[UUID] = mapped_column(ForeignKey("survey_trigger.id", ondelete="CASCADE"))
    event_id: Mapped[UUID]
    step: Mapped[int]
    customer_id: Mapped[UUID]
    due_at: Mapped[datetime]
    postponed_until: Mapped[datetime | None]
    """Asked again then: at the last attempt a complaint of the customer was open."""
    outcome: Mapped[str | None]
    invitation_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    __table_args__ = (
        UniqueConstraint("trigger_id", "event_id", "step"),
        Index("ix_trigger_occasion_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
    )
