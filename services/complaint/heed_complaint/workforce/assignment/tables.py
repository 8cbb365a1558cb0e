"""What the desk remembers: who works at it, its queues, who was given what and why, and who completed what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table

NONE = text("'{}'")


class Agent(Table):
    """Somebody who handles complaints, by the caller's id."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    team: Mapped[str | None]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    """From which they take; none means from all."""
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    """Categories, whole or by their first level; none means a little of everything."""
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    service_points: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    max_load: Mapped[int]
    present: Mapped[bool]
    shifts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Working hours; without them whoever is present is on duty."""
    absences: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default=text("'[]'"))
    handles_confidential: Mapped[bool]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Queue(Table):
    """Where complaints wait for somebody."""

    __tablename__ = "queue"

    name: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str | None]
    place: Mapped[int]
    """The first queue that takes a complaint gets it."""
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    service_points: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Desk(Table):
    """The rules of the house, in one row."""

    __tablename__ = "desk"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    assigns_on_acceptance: Mapped[bool]
    four_eyes: Mapped[str]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Assignment(Table):
    """Who was given a complaint, when and why. Rows are added, never changed."""

    __tablename__ = "assignment"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    by: Mapped[str | None]
    """Who gave it; empty where the rule did it at the acceptance."""
    owner: Mapped[str | None]
    queue: Mapped[str | None]
    previous_owner: Mapped[str | None]
    reason: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None]


class Completion(Table):
    """Who completed a complaint when, and whether it came back."""

    __tablename__ = "completion"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    by: Mapped[str]
    at: Mapped[datetime]
    reopened_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_completion_by_at", "by", "at"), Index("ix_completion_at", "at"))
