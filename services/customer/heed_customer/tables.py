"""What the customer service remembers: who there is, what they bought and brought back, and who spoke to them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, LargeBinary, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from heed_common.table_metadata import COLUMN_TYPES, service_metadata
from heed_common.text import normalize_for_comparison

MONEY = Numeric(28, 4)
QUANTITY = Numeric(16, 3)


class Table(DeclarativeBase):
    """All tables of this service."""

    metadata = service_metadata()
    type_annotation_map: ClassVar[dict[Any, Any]] = {**COLUMN_TYPES, bytes: LargeBinary()}


class Customer(Table):
    """`version` counts the events about the customer, `revision` the changes that callers made."""

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
    """Of the content it was registered with: tells a repeated registration from another one."""
    event_id: Mapped[UUID]
    version: Mapped[int]
    revision: Mapped[int]
    registered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    search_text: Mapped[str]
    """The normal form of name and external_id, on a line each: what searches look at."""

    @validates("name", "external_id")
    def _update_search_text(self, column: str, value: str | None) -> str | None:
        """Follow every change of the two, whoever makes it."""
        texts = {"name": self.name, "external_id": self.external_id} | {column: value}
        self.search_text = search_text(texts["name"], texts["external_id"])
        return value


def search_text(name: str | None, external_id: str | None) -> str:
    """Return what a search for a customer with this name and external_id looks at."""
    return "\n".join(normalize_for_comparison(text) for text in (name, external_id) if text is not None)


class Alias(Table):
    """From a version of the member on: whom it is merged into, or nobody. Only appended, the highest version holds."""

    __tablename__ = "alias"

    member: Mapped[UUID] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    survivor: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"), index=True)
    known_at: Mapped[datetime]


class Purchase(Table):
    """Never changed but for `version`; what came back stands in its own rows."""

    __tablename__ = "purchase"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    currency: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    gross: Mapped[Decimal] = mapped_column(MONEY)
    margin: Mapped[Decimal] = mapped_column(MONEY)
    margin_estimated: Mapped[bool]
    service_point_id: Mapped[str | None]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    version: Mapped[int]
    recorded_at: Mapped[datetime]


class PurchaseReturn(Table):
    __tablename__ = "purchase_return"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchase.id"), index=True)
    occurred_at: Mapped[datetime]
    reason: Mapped[str]
    note: Mapped[str | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    gross: Mapped[Decimal] = mapped_column(MONEY)
    margin: Mapped[Decimal] = mapped_column(MONEY)
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Interaction(Table):
    __tablename__ = "interaction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    occurred_at: Mapped[datetime]
    currency: Mapped[str]
    cost: Mapped[Decimal | None] = mapped_column(MONEY)
    campaign: Mapped[str | None]
    promise: Mapped[str | None]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Referral(Table):
    __tablename__ = "referral"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    referred_customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer.id"), index=True)
    occurred_at: Mapped[datetime]
    fingerprint: Mapped[bytes]
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Import(Table):
    """One uploaded file. It waits as `receiving` until its last byte is here; only then is it worked off."""

    __tablename__ = "import"
    __table_args__ = (
        Index("ix_import_open", "touched_at", postgresql_where=text("state IN ('receiving', 'waiting', 'running')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    format: Mapped[str]
    state: Mapped[str]
    columns: Mapped[list[str] | None] = mapped_column(JSONB)
    """The header of a CSV file, to read each chunk with."""
    delimiter: Mapped[str | None]
    encoding: Mapped[str]
    """Of the file as it was sent; chunks are UTF-8."""
    on_conflict: Mapped[str]
    lines_total: Mapped[int]
    lines_done: Mapped[int]
    lines_ok: Mapped[int]
    lines_created: Mapped[int]
    lines_updated: Mapped[int]
    lines_unchanged: Mapped[int]
    lines_kept: Mapped[int]
    lines_failed: Mapped[int]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportChunk(Table):
    """A stretch of the file that is worked off in one transaction, and gone with it."""

    __tablename__ = "import_chunk"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Negative for a line that waits for another attempt: its line number, negated."""
    first_line: Mapped[int]
    body: Mapped[bytes]
    line_numbers: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """Of rows that were gathered or wait for another attempt; all others follow one another."""
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Hashes of the external_ids that the chunk brings, one for each stretch of rows."""
    references: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Hashes of the external_ids of the customers that it names."""


class ImportDependency(Table):
    """An import waits until an earlier one has processed its chunks up to the last that it may refer to."""

    __tablename__ = "import_dependency"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    earlier_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True, index=True)
    last_chunk: Mapped[int]


class ImportScatteredKey(Table):
    """Hash of an external_id whose rows stand apart in the file."""

    __tablename__ = "import_scattered_key"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class ImportRow(Table):
    """A row whose purchase has other rows elsewhere in the file; it waits here until all of them are found."""

    __tablename__ = "import_row"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[bytes]


class ImportProblem(Table):
    """Why a line was not taken: its number, the column and the reason, never the line."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_import_id", "import_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"))
    line: Mapped[int]
    column: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
