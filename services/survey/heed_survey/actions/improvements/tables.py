"""Table of improvement actions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class Improvement(Table):
    """What an employee changes because of a survey, and the change of a figure that is expected of it."""

    __tablename__ = "improvement"
    __table_args__ = (Index("ix_improvement_survey_id", "survey_id", "due_on", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    action: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    figure: Mapped[str]
    item: Mapped[str | None]
    direction: Mapped[str]
    size: Mapped[float]
    before_wave: Mapped[str]
    after_wave: Mapped[str | None]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
