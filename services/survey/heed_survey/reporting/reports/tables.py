"""Table of frozen reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class SurveyReport(Table):
    """The data of a report as of one moment; its page is made from them alone, so that it prints the same again."""

    __tablename__ = "survey_report"
    __table_args__ = (Index("ix_survey_report_survey_id_id", "survey_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    survey_version: Mapped[int]
    wave: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    content: Mapped[str] = mapped_column(deferred=True)
    """JSON as it was hashed: a JSONB column would not return the same bytes."""
    content_hash: Mapped[str]
    controlled: Mapped[bool]
    """Whether small groups are withheld."""
    responses: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    public_code: Mapped[str | None] = mapped_column(unique=True)
    """Part of the address of the public page; without it there is none."""
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
