"""Tables of facts: what happened to complaints, and to the promises that customers were made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table


class ComplaintFact(Table):
    """A moment of a complaint. What follows later does not change what a customer knew who answered before."""

    __tablename__ = "complaint_fact"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    met: Mapped[bool | None]
    """Whether what was due was reached; empty where it is not known."""
    version: Mapped[int] = mapped_column(BigInteger)


class CustomerPromise(Table):
    """A promise outside of complaints that was kept or broken."""

    __tablename__ = "customer_promise"
    __table_args__ = (Index("ix_customer_promise_customer_id", "customer_id", "settled_at"),)

    promise_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    settled_at: Mapped[datetime]
    kept: Mapped[bool]
    version: Mapped[int] = mapped_column(BigInteger)
