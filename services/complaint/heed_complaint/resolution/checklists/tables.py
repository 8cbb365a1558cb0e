"""Tables of the facts of cases and of completed steps."""

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
    """By name, without the prefix `case.` that conditions use."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class StepCompletion(Table):
    """Present state of one step; earlier states are in the history of the complaint."""

    __tablename__ = "step_completion"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    playbook: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    done: Mapped[bool]
    note: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime]
