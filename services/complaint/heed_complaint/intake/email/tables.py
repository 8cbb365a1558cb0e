"""Tables of the mail gateway: used signatures and ignored mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class UsedSignature(Table):
    """A signature of the mail gateway that was used, stored for as long as it could be replayed."""

    __tablename__ = "used_mail_signature"

    signature: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(index=True)


class IgnoredMail(Table):
    """A mail that no person wrote, stored for a while so that a wrong decision can be found."""

    __tablename__ = "ignored_mail"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    """The hash of its id and content: a repeated delivery is stored once."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]
    evidence: Mapped[str]
    """The header by which it was recognised, `from` or `subject`."""
    content: Mapped[bytes | None]
    """Encrypted sender, subject and text."""
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    """The complaint in whose thread it came."""
