"""Table of status links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class StatusLink(Table):
    """A private link to the status page of a complaint; only the hash of its token is stored."""

    __tablename__ = "status_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
