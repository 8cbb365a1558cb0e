"""Tables of submissions without an account: receipts and contacts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_complaint.core.tables import Table


class IntakeReceipt(Table):
    """A form, reply or mail that was processed, so that its repetition is not processed again."""

    __tablename__ = "intake_receipt"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    """The hash of the identifier that the sender chose."""
    fingerprint: Mapped[bytes]
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[UUID | None]
    """The message that was stored; empty where the submission opened the complaint."""
    received_at: Mapped[datetime]


class Contact(Table):
    """How to reach a complainant whom the customer service may not have on file. It never travels in an event."""

    __tablename__ = "intake_contact"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    address: Mapped[str | None]
    """An email address or a telephone number, in its normal form where it has one."""
    sender: Mapped[str | None]
    """The address that wrote the mail, where answers go to another one."""
    language: Mapped[str]

    __table_args__ = (Index("ix_intake_contact_address", "address"),)
