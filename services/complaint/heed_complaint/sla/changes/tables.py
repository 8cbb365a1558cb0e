"""What was changed about the terms, by whom and when. Rows are added, never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.tables import Table


class SLARevision(Table):
    """One change. Its number is never used again, not even where the change was rolled back."""

    __tablename__ = "sla_revision"

    revision: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The caller; empty where the house did it."""
    what: Mapped[str]
    """A calendar, a policy or an agreement."""
    name: Mapped[str]
    version: Mapped[int]
