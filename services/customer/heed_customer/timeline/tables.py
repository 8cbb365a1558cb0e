"""Table of the timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class TimelineEntry(Table):
    """An event about a customer. A merge is a view: entries stay under the customer they happened to.

    Only entries about a complaint move, with the complaint, when it turns out to be another customer's.
    """

    __tablename__ = "timeline_entry"
    __table_args__ = (
        Index("ix_timeline_entry_customer_id_at_event_id", "customer_id", "at", "event_id"),
        Index("ix_timeline_entry_complaint_id", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID]
    complaint_id: Mapped[UUID | None]
    at: Mapped[datetime]
    """When it happened, not when it was recorded."""
    type: Mapped[str]
    """With its version, such as `heed.complaint.opened.v1`."""
    service: Mapped[str]
    subject: Mapped[UUID]
    """The aggregate: complaint, purchase, response …"""
    version: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Codes, ids, amounts and times of the event: events carry no personal data."""
