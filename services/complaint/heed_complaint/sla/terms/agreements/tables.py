"""Agreements in all versions, and their reviews. Rows are added, never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class AgreementVersion(Table):
    __tablename__ = "agreement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    newest: Mapped[bool]
    """Whether it is the newest version; the only column that a later version changes."""
    customer_id: Mapped[UUID | None]
    """Null for an agreement with a segment."""
    signed: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The request body."""
    at: Mapped[datetime]
    by: Mapped[str]

    __table_args__ = (
        Index("ix_agreement_customer_id", "customer_id", postgresql_where=text("newest")),
        Index("ix_agreement_newest_id", "id", unique=True, postgresql_where=text("newest")),
    )


class AgreementReview(Table):
    """Findings about how the agreement works, and the improvement to make."""

    __tablename__ = "agreement_review"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(index=True)
    version: Mapped[int]
    """The version of the agreement that was reviewed."""
    held_on: Mapped[date]
    findings: Mapped[str]
    improvement: Mapped[str | None]
    at: Mapped[datetime]
    by: Mapped[str]
