"""Tables of consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class ConsentDecision(Table):
    """A customer's decision about one purpose and channel. Rows are only appended: they are the history as well."""

    __tablename__ = "consent_decision"
    __table_args__ = (
        UniqueConstraint("customer_id", "version"),
        Index("ix_consent_decision_current", "customer_id", "purpose", "channel", "version"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    event_id: Mapped[UUID]
    version: Mapped[int]
    """Version of the customer under which the decision was published."""
    purpose: Mapped[str]
    channel: Mapped[str]
    granted: Mapped[bool]
    by_guardian: Mapped[bool]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    replaces_of: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    """Customers merged with this one at that time: the decision replaces theirs as well."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    """The caller's key, or the customer on the preference page."""


class ConsentEvidence(Table):
    """How the decision was obtained, in words: it may name people, so it is encrypted, in a table of its own."""

    __tablename__ = "consent_evidence"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("consent_decision.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    content: Mapped[bytes]
    """Source and proof as encrypted JSON."""


class Minor(Table):
    """A customer below the age at which children may consent themselves."""

    __tablename__ = "consent_minor"

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    until: Mapped[date]
    """The birthday from which the customer decides without a guardian."""
