"""Tables of follow-up policies, and of what followed from responses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class FollowUpPolicy(Table):
    """What follows from responses of a survey for which a condition is true."""

    __tablename__ = "follow_up_policy"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    when: Mapped[dict[str, Any]] = mapped_column(JSONB)
    action: Mapped[str]
    matter: Mapped[str]
    within_days: Mapped[int]
    owner: Mapped[str | None]
    due_in_days: Mapped[int | None]
    enabled: Mapped[bool]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class FollowUp(Table):
    """A complaint or care task that followed from a response: the next one about the matter waits for the period."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_customer_id", "customer_id", "matter", "created_at"),)

    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    matter: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    survey_id: Mapped[UUID]
    policy: Mapped[str]
    created_at: Mapped[datetime]
