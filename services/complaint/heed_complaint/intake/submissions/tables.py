"""Table of submissions without an account: their receipts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
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
