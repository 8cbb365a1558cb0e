"""What the survey service remembers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from heed_common.table_metadata import COLUMN_TYPES, service_metadata


class Table(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = COLUMN_TYPES


class Survey(Table):
    __tablename__ = "survey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    """Of the request that made it: tells a repeated one from another one with the same external id."""
    title: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{en,zh}'"))
    """In which every text of it is there."""
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    survey_version: Mapped[int]
    """The version of the questionnaire, which its answers name."""
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Counts the events about it."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """Counts the changes made by callers: its ETag."""


class Response(Table):
    """One customer's answers, texts included; only the numbers among them are ever told to others."""

    __tablename__ = "response"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    survey_version: Mapped[int]
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    complaint_id: Mapped[UUID | None]
    """The complaint that was called back about."""
    answered_at: Mapped[datetime]
    received_at: Mapped[datetime]
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
