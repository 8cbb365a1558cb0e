"""Tables of imports of responses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_survey.tables import Table

OPEN = text("state IN ('receiving', 'waiting', 'running')")


class ResponseImport(Table):
    """An uploaded file. It is `receiving` until its last byte is stored, and processed only afterwards."""

    __tablename__ = "response_import"
    __table_args__ = (Index("ix_response_import_open", "last_activity_at", postgresql_where=OPEN),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))
    format: Mapped[str]
    state: Mapped[str]
    columns: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Of a CSV file."""
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
    def lines_done(self) -> int:
        return self.lines_created + self.lines_unchanged + self.lines_failed


class ResponseImportChunk(Table):
    """A part of the file. It is processed in one transaction, which also deletes it."""

    __tablename__ = "response_import_chunk"
    __table_args__ = (Index("ix_response_import_chunk_import_id", "import_id", "number", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("response_import.id", ondelete="CASCADE"))
    number: Mapped[int]
    first_line: Mapped[int]
    lines: Mapped[bytes]
    """Encrypted."""


class ResponseImportProblem(Table):
    """Why a line was rejected: its number, the column and the reason, never the line's content."""

    __tablename__ = "response_import_problem"
    __table_args__ = (Index("ix_response_import_problem_import_id", "import_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("response_import.id", ondelete="CASCADE"))
    line: Mapped[int]
    column: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
