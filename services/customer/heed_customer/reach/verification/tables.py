"""Table of the codes that verify contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class ContactVerification(Table):
    """The code that was last sent to a contact; only its hash is stored."""

    __tablename__ = "contact_verification"

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int]
    """Wrong codes so far."""
    sent_at: Mapped[datetime]
    window_started_at: Mapped[datetime]
    sent_in_window: Mapped[int]
    """Codes sent since then: a stranger's number must not become a target."""
