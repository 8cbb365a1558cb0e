"""Tables of imports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_customer.tables import Table


class Import(Table):
    """An uploaded file. It is `receiving` until its last byte is stored, and processed only afterwards."""

    __tablename__ = "import"
    __table_args__ = (
        Index(
            "ix_import_open", "last_activity_at", postgresql_where=text("state IN ('receiving', 'waiting', 'running')")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    format: Mapped[str]
    state: Mapped[str]
    columns: Mapped[list[str | None] | None] = mapped_column(JSONB)
    """Fields of the columns of a CSV file, with which each chunk is parsed; null for a column to ignore."""
    mapping: Mapped[dict[str, str | None] | None] = mapped_column(JSONB)
    """Fields by the members of NDJSON lines, as the caller maps them."""
    delimiter: Mapped[str | None]
    encoding: Mapped[str]
    """Of the file as it was sent; chunks are UTF-8."""
    on_conflict: Mapped[str]
    dry_run: Mapped[bool]
    lines_total: Mapped[int]
    lines_done: Mapped[int]
    lines_accepted: Mapped[int]
    lines_created: Mapped[int]
    lines_updated: Mapped[int]
    lines_unchanged: Mapped[int]
    lines_kept: Mapped[int]
    lines_failed: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    """Start of the processing of the first chunk."""
    last_activity_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    def finish(self, *, now: datetime) -> None:
        self.state, self.finished_at = "done", now


class ImportChunk(Table):
    """A part of the file. It is processed in one transaction, which also deletes it."""

    __tablename__ = "import_chunk"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """Negative for a line that waits for another attempt: its line number, negated."""
    first_line: Mapped[int]
    body: Mapped[bytes]
    line_numbers: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """Of rows that were gathered or wait for another attempt; those of other chunks are consecutive."""
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Hashes of the external_ids of the chunk's items, one for each run of consecutive rows."""
    references: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Hashes of the external_ids of the customers to which its items refer."""


class ImportDependency(Table):
    """An import waits until an earlier one has processed its chunks up to the last to which it may refer."""

    __tablename__ = "import_dependency"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True)
    earlier_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), primary_key=True, index=True)
    last_chunk: Mapped[int]


class ImportScatteredKey(Table):
    """Hash of an external_id whose rows are not consecutive in the file."""

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
    """Why a line was rejected: its number, the column and the reason, never the line's content."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_import_id", "import_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"))
    line: Mapped[int]
    column: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
