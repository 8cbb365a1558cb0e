"""Tables of contacts: personal data, which never travels in an event."""

from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Contact(Table):
    """How to reach a complainant whom the customer service may not have on file."""

    __tablename__ = "intake_contact"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes | None]
    """Encrypted name, address and sender."""
    blind_index: Mapped[bytes | None] = mapped_column(index=True)
    """Of the address; the count of a sender's complaints uses it."""
    language: Mapped[str]


class MailThread(Table):
    """The customer's last mail about a complaint, so that what is sent joins its thread in every mail program."""

    __tablename__ = "mail_thread"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str]
    message_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Message-IDs of the customer's mails, the oldest first: the first one and the latest few."""
