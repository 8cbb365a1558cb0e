"""Columns that the tables of imports have in all services."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Identity, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

OPEN = text("state IN ('receiving', 'waiting', 'running')")


class ImportColumns:
    """An uploaded file. It is `receiving` until its last byte is stored, and processed only afterwards."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    format: Mapped[str]
    state: Mapped[str]
    columns: Mapped[list[str | None] | None] = mapped_column(JSONB(none_as_null=True))
    """Fields of the columns of a CSV file; null for a column to ignore."""
    delimiter: Mapped[str | None]
    encoding: Mapped[str]
    """Of the file as it was sent; chunks are UTF-8."""
    dry_run: Mapped[bool]
    lines_total: Mapped[int]
    lines_created: Mapped[int]
    lines_unchanged: Mapped[int]
    lines_failed: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def lines_accepted(self) -> int:
        return self.lines_created + self.lines_unchanged

    @property
    def lines_done(self) -> int:
        return self.lines_accepted + self.lines_failed


class ChunkColumns:
    """A part of the file. It is processed in one transaction, which also deletes it."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID]
    number: Mapped[int]
    first_line: Mapped[int]


class ProblemColumns:
    """Why a line was rejected: its number, the column and the reason, never the line's content."""

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID]
    line: Mapped[int]
    column: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
