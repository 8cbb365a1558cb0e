"""Table of service points."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class ServicePoint(Table):
    """A service point. Purchases name it by its code, which may be used before the service point is described."""

    __tablename__ = "service_point"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    """By language."""
    kind: Mapped[str]
    units: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    address: Mapped[str | None]
    calendar: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Opening hours, in the form of the calendars of the complaint service."""
    active: Mapped[bool]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
