"""Table of care tasks."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class CareTask(Table):
    """What an employee does about a customer after a response; without any free text."""

    __tablename__ = "care_task"
    __table_args__ = (
        Index("ix_care_task_due_on", "due_on", "id"),
        Index("ix_care_task_customer_id", "customer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID]
    response_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    matter: Mapped[str]
    owner: Mapped[str | None]
    state: Mapped[str]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
