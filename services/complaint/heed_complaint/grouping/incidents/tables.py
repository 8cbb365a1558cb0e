"""Table of incidents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Incident(Table):
    """One fault about which many customers complain."""

    __tablename__ = "incident"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    product: Mapped[str | None]
    service_point_id: Mapped[str | None]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
