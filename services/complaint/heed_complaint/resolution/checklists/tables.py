"""What the desk has found out about a case, and which steps of its playbook are done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CaseFacts(Table):
    __tablename__ = "case_facts"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """By name, without the `case.` that conditions put before it."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class StepCompletion(Table):
    """The last word on one step; what was said before is in the history of the complaint."""

    __tablename__ = "step_tick"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    playbook: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    done: Mapped[bool]
    note: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime]
