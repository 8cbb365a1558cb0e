"""Table of survey responses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Response(Table):
    """Answers of a customer. Free text is stored and never published."""

    __tablename__ = "response"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    survey_version: Mapped[int]
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    complaint_id: Mapped[UUID | None]
    """Of a call-back: the complaint that it is about."""
    answered_at: Mapped[datetime]
    received_at: Mapped[datetime]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
