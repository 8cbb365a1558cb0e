"""Tables of imports of complaints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from heed_common.imports.tables import OPEN, ChunkColumns, ImportColumns, ProblemColumns
from heed_complaint.core.tables import Table


class ComplaintImport(ImportColumns, Table):
    __tablename__ = "complaint_import"
    __table_args__ = (Index("ix_complaint_import_open", "last_activity_at", postgresql_where=OPEN),)

    mapping: Mapped[dict[str, str | None] | None] = mapped_column(JSONB(none_as_null=True))
    """Fields by the members of NDJSON lines, as the caller maps them."""
    on_conflict: Mapped[str]
    lines_kept: Mapped[int]
    waits_until: Mapped[datetime | None]
    """Until then lines may wait for customers whose events are on the way."""
    retry_at: Mapped[datetime | None]
    """When the next chunk is tried again, while it waits for customers."""

    @property
    def lines_accepted(self) -> int:
        return self.lines_created + self.lines_unchanged + self.lines_kept


class ComplaintImportChunk(ChunkColumns, Table):
    __tablename__ = "complaint_import_chunk"
    __table_args__ = (Index("ix_complaint_import_chunk_import_id", "import_id", "number", unique=True),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("complaint_import.id", ondelete="CASCADE"))
    body: Mapped[bytes]


class ComplaintImportProblem(ProblemColumns, Table):
    __tablename__ = "complaint_import_problem"
    __table_args__ = (Index("ix_complaint_import_problem_import_id", "import_id", "id"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("complaint_import.id", ondelete="CASCADE"))
