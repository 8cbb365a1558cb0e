"""What was changed about the terms, and up to which change each open complaint is planned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class SLARevision(Table):
    """One change, by whom and when. Rows are added, never changed; a number is never used again."""

    __tablename__ = "sla_revision"

    revision: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The caller; empty where the house did it."""
    what: Mapped[str]
    """A calendar, a policy or an agreement."""
    name: Mapped[str]
    version: Mapped[int]


class Planned(Table):
    """Up to which change a complaint is planned. Apart from it, because a change moves this for all that are open."""

    __tablename__ = "planned"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, index=True)
