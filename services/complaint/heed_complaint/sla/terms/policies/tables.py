"""Policies in all versions. Rows are added, never changed: deadlines refer to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class PolicyVersion(Table):
    __tablename__ = "policy"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The request body; for a deleted policy that of the last version."""
    removed: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[datetime]
    by: Mapped[str | None]
