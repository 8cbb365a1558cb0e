"""Table of the contact log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class LoggedContact(Table):
    """A message or call to a customer, from the request for a permit to the result; without address and content.

    A service that writes without a permit, such as an answer to a mail of an unknown sender, is logged by its events.
    """

    __tablename__ = "contact_log"
    __table_args__ = (
        Index("ix_contact_log_customer_id", "customer_id", "id"),
        Index("ix_contact_log_state", "state", "id"),
        Index("ix_contact_log_budget", "customer_id", "budget", "requested_at", postgresql_where=text("budget <> ''")),
        Index("ix_contact_log_dedupe_key", "customer_id", "dedupe_key", postgresql_where=text("dedupe_key <> ''")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Id of the permit."""
    message_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The sender's id of the message: a repeated request and the events of the message name it."""
    customer_id: Mapped[UUID | None]
    """Null while the recipient is unidentified. No foreign key, because events come in any order."""
    state: Mapped[str]
    reason: Mapped[str | None]
    """Why it was suppressed, or why it failed: a code."""
    purpose: Mapped[str]
    promotional: Mapped[bool]
    channel: Mapped[str | None]
    contact_id: Mapped[UUID | None]
    budget: Mapped[str | None]
    """The purpose whose contacts it is counted with, if they are limited."""
    dedupe_key: Mapped[str | None]
    template: Mapped[str | None]
    about_type: Mapped[str | None]
    about_id: Mapped[UUID | None]
    service: Mapped[str | None]
    requested_at: Mapped[datetime]
    send_after: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(BigInteger)
    """Version of the message at the last of its events; 0 before the first."""
