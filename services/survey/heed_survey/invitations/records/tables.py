"""Table of invitations."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Interval, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Invitation(Table):
    """An invitation of one customer.

    Of an anonymous survey it has no link: how a response and an invitation belong together is stored nowhere, so its
    state ends with `sent`.
    """

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    wave: Mapped[str]
    """Empty without waves."""
    occasion: Mapped[str]
    """Within the wave: empty, or the event that triggered it."""
    kind: Mapped[str]
    anonymous: Mapped[bool]
    person_id: Mapped[UUID]
    """The same for all customers that were merged when it was created."""
    customer_id: Mapped[UUID] = mapped_column(index=True)
    complaint_id: Mapped[UUID | None]
    sample_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None] = mapped_column(index=True)
    trigger_id: Mapped[UUID | None]
    thanks: Mapped[bool]
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str]
    reason: Mapped[str | None]
    """Why it was not sent, or why it ended: a code."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reminders_sent: Mapped[int] = mapped_column(server_default=text("0"))
    reminders_left: Mapped[int]
    remind_every: Mapped[timedelta] = mapped_column(Interval)
    remind_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_invitation_person", "survey_id", "wave", "person_id", "occasion", unique=True),
        Index("ix_invitation_survey_id_state", "survey_id", "state"),
        Index("ix_invitation_survey_id_id", "survey_id", "id"),
        Index("ix_invitation_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
    )
