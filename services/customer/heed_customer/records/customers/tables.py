"""Tables of customers and their merges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from heed_common.text import normalize_for_comparison
from heed_customer.tables import Table


class Customer(Table):
    """`version` counts the events about the customer, `revision` the changes made by callers."""

    __tablename__ = "customer"
    __table_args__ = (Index("ix_customer_search_pairs", text("search_pairs(search_text)"), postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str]
    role: Mapped[str | None]
    buyer_type: Mapped[str | None]
    name: Mapped[str]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    region: Mapped[str | None]
    owner: Mapped[str | None] = mapped_column(index=True)
    fingerprint: Mapped[bytes]
    """Hash of the registered content: distinguishes a repeated registration from another one."""
    event_id: Mapped[UUID]
    version: Mapped[int]
    revision: Mapped[int]
    registered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    search_text: Mapped[str]
    """Normal form of name and external_id, on a line each, for searches."""

    @validates("name", "external_id")
    def _update_search_text(self, column: str, value: str | None) -> str | None:
        """Update the search text with every assignment, so that no writer can forget it."""
        texts = {"name": self.name, "external_id": self.external_id} | {column: value}
        self.search_text = search_text(texts["name"], texts["external_id"])
        return value


class CustomerMerge(Table):
    """From a version of the duplicate on: the customer it is merged into; no survivor after an un-merge.

    Rows are only appended; of each duplicate the row with the highest version is in force.
    """

    __tablename__ = "customer_merge"

    duplicate_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    survivor_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"), index=True)
    recorded_at: Mapped[datetime]


def search_text(name: str | None, external_id: str | None) -> str:
    """Return the text in which searches look for a customer with this name and external_id."""
    return "\n".join(normalize_for_comparison(text) for text in (name, external_id) if text is not None)
