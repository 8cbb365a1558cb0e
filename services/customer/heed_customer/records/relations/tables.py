"""Table of relations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class CustomerRelation(Table):
    """A relation of a stored kind, under the ids that it was recorded for: merges do not rewrite it."""

    __tablename__ = "customer_relation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    related_customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), index=True)
    role: Mapped[str | None]
    """Of a contact person, in the organization."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]

    __table_args__ = (UniqueConstraint("customer_id", "kind", "related_customer_id"),)
