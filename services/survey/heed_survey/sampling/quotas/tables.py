"""Table of the counts of quotas."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class QuotaCount(Table):
    """How many responses a quota of a survey has. Its definition is in the survey."""

    __tablename__ = "quota_count"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[int]
