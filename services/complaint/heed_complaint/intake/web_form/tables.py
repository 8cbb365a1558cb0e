"""What intake remembers: what came in already, how to answer, and the private links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class Receipt(Table):
    """A form or a mail that was taken in, so that it is taken in once."""

    __tablename__ = "intake_receipt"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    """The hash of what the sender calls it."""
    fingerprint: Mapped[bytes]
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[UUID | None]
    """The message that it became; empty where it opened the complaint."""
    received_at: Mapped[datetime]


class Contact(Table):
    """How to answer somebody whom the customer service may not know. It never travels in an event."""

    __tablename__ = "intake_contact"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    address: Mapped[str | None]
    """An e-mail address or a telephone number, in its normal form where it has one."""
    sender: Mapped[str | None]
    """The address that wrote the mail, where the answer goes to another."""
    language: Mapped[str]

    __table_args__ = (Index("ix_intake_contact_address", "address"),)


class StatusLink(Table):
    """A private link to how a complaint stands; of its token only the hash is kept."""

    __tablename__ = "status_link"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Delivery(Table):
    """A signature of the mail gateway that was used, kept as long as it could be used again."""

    __tablename__ = "mail_delivery"

    signature: Mapped[bytes] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class IgnoredMail(Table):
    """A mail that no person wrote, stored for a while so that a wrong decision can be found."""

    __tablename__ = "ignored_mail"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    """The hash of its id and content: a repeated delivery is stored once."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]
    evidence: Mapped[str]
    """The header by which it was recognised, `from` or `subject`."""
    sender: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    """The complaint in whose thread it came."""
