"""Tables of customers and their merges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from heed_customer.records.customers import names
from heed_customer.tables import Table


class Customer(Table):
    """`version` counts the events about the customer, `revision` the changes made by callers."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_search_pairs", text("search_pairs(search_text)"), postgresql_using="gin"),
        Index("ix_customer_sort_name", "sort_name", "id"),
    )

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
    """Normal forms of name and external_id and readings of Chinese names, on a line each, for searches."""
    sort_name: Mapped[str] = mapped_column(Text(collation="C"))
    search_version: Mapped[int] = mapped_column(SmallInteger, index=True)
    """Of the functions that computed both."""

    @validates("name", "external_id")
    def _update_search_text(self, column: str, value: str | None) -> str | None:
        """Update what is computed from both with every assignment, so that no writer can forget it."""
        texts = {"name": self.name, "external_id": self.external_id} | {column: value}
        self.search_text = names.search_text(texts["name"], texts["external_id"])
        self.sort_name = names.sort_name(texts["name"] or "")
        self.search_version = names.SEARCH_VERSION
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
