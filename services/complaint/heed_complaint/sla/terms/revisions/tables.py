"""Revisions of the terms, and the revision by which each open complaint is planned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class TermsRevision(Table):
    """One change of the terms. Rows are added, never changed; a number is never used again."""

    __tablename__ = "terms_revision"

    revision: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime]
    actor: Mapped[str | None]
    """The caller; null for a change that the service made itself."""
    subject_type: Mapped[str]
    """A calendar, a policy or an agreement."""
    name: Mapped[str]
    version: Mapped[int]


class ComplaintPlanState(Table):
    """The revision by which a complaint is planned.

    A table of its own, because a change of the terms updates it for all open complaints.
    """

    __tablename__ = "complaint_plan_state"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
