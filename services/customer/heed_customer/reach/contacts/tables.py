"""Tables of contacts: all that is personal is encrypted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Contact(Table):
    """A telephone number or an address of a customer.

    `version` counts the events about the contact, `revision` the changes made by callers.
    """

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_preferred", "customer_id", unique=True, postgresql_where=text("preferred")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[str]
    content: Mapped[bytes]
    """Value, the text as it was written, label and person, encrypted together."""
    blind_index: Mapped[bytes | None] = mapped_column(index=True)
    """Keyed hash under which a look-up finds the contact."""
    preferred: Mapped[bool]
    state: Mapped[str]
    hours: Mapped[dict[str, list[list[str]]] | None] = mapped_column(JSONB(none_as_null=True))
    """When the customer prefers to be reached, in the customer's time zone."""
    person_role: Mapped[str | None]
    event_id: Mapped[UUID]
    """The event of its creation."""
    version: Mapped[int]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
