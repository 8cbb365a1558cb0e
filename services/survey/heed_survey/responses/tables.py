"""Table of survey responses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Response(Table):
    """A complete response. Free text is stored and never published.

    One of an anonymous survey has no customer, link, interviewer or context, a random id, and a day for a time.
    """

    __tablename__ = "response"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    event_id: Mapped[UUID]
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    survey_version: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'published'"))
    """Of the survey when it was answered: responses to a pilot belong to no result."""
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    complaint_id: Mapped[UUID | None]
    """Of a call-back: the complaint that it is about."""
    link_id: Mapped[UUID | None]
    mode: Mapped[str] = mapped_column(server_default=text("'web'"))
    wave: Mapped[str | None]
    interviewer: Mapped[str | None]
    context: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Fields of the customer at the time of the response."""
    weight: Mapped[float | None]
    stratum: Mapped[str | None]
    cluster: Mapped[str | None]
    population: Mapped[float | None]
    """Size of the stratum, or its number of clusters."""
    second_cluster: Mapped[str | None]
    second_population: Mapped[float | None]
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Doubts about its quality."""
    seconds: Mapped[int | None]
    """Time from opening the form to sending it."""
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Values by item code."""
    encoded: Mapped[bytes | None]
    """Numeric form of the answers; empty until a job has encoded an older row."""
    answers_hash: Mapped[bytes | None]
    """Equal for equal answers; empty if there are too few of them to be equal only by copying."""
    answered_at: Mapped[datetime]
    received_at: Mapped[datetime]
    is_recovered: Mapped[bool] = mapped_column(server_default=text("false"))
    """Recovered from its event, which has no free text: the first repeated request completes it."""

    __table_args__ = (
        Index("ix_response_survey_id_id", "survey_id", "id"),
        Index(
            "ix_response_survey_id_answers_hash",
            "survey_id",
            "answers_hash",
            postgresql_where=text("answers_hash IS NOT NULL"),
        ),
        Index("ix_response_not_encoded", "id", postgresql_where=text("encoded IS NULL")),
    )
