"""Table of requests to invite."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Interval, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class InvitationBatch(Table):
    """A request to invite customers, and how far it was worked off."""

    __tablename__ = "invitation_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    sample_id: Mapped[UUID | None]
    wave: Mapped[str]
    anonymous: Mapped[bool]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reminders: Mapped[int]
    remind_every: Mapped[timedelta] = mapped_column(Interval)
    lifetime: Mapped[timedelta] = mapped_column(Interval)
    thanks: Mapped[bool]
    total: Mapped[int]
    processed: Mapped[int]
    outcomes: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Number of customers by outcome."""
    after_customer_id: Mapped[UUID | None]
    """Last customer of the sample that was processed."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
