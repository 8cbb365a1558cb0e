"""Calendars in all versions. Rows are added, never changed: deadlines refer to them."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class CalendarVersion(Table):
    __tablename__ = "calendar"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The request body."""
    public: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The country's holidays as they were known then."""
    at: Mapped[datetime]
    by: Mapped[str | None]
    """The author; null for the built-in calendars."""
