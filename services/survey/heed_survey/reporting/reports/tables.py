"""Table of frozen reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class SurveyReport(Table):
    """The data of a report as of one moment; its page is made from them alone, so that it prints the same again."""

    __tablename__ = "survey_report"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    survey_version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    public_code: Mapped[str | None] = mapped_column(unique=True)
    """Part of the address of the public page; without it there is none."""
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Counts its events."""

    __table_args__ = (Index("ix_survey_report_survey_id_id", "survey_id", "id"),)
