"""Tables of disclosure control: a position for each response, and the sets of respondents that were answered about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class AnalysisMember(Table):
    """The bit of a response in the sets of its survey. Positions are given to groups of responses, in random order."""

    __tablename__ = "analysis_member"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[UUID] = mapped_column(unique=True)


class AnalysisQuery(Table):
    """A set of respondents that results were shown about. It is never deleted while its survey exists."""

    __tablename__ = "analysis_query"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    subject: Mapped[str]
    """What was computed over the set: sets of different subjects cannot be combined."""
    members: Mapped[int]
    """Positions that existed, the length of the set."""
    bits: Mapped[bytes]
    caller: Mapped[str]
    answered_at: Mapped[datetime]

    __table_args__ = (Index("ix_analysis_query_survey_id_subject", "survey_id", "subject"),)
