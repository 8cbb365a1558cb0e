"""Tables of imports of responses."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from heed_common.imports.tables import OPEN, ChunkColumns, ImportColumns, ProblemColumns
from heed_survey.tables import Table


class ResponseImport(ImportColumns, Table):
    __tablename__ = "response_import"
    __table_args__ = (Index("ix_response_import_open", "last_activity_at", postgresql_where=OPEN),)

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"))


class ResponseImportChunk(ChunkColumns, Table):
    __tablename__ = "response_import_chunk"
    __table_args__ = (Index("ix_response_import_chunk_import_id", "import_id", "number", unique=True),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("response_import.id", ondelete="CASCADE"))
    lines: Mapped[bytes]
    """Encrypted."""


class ResponseImportProblem(ProblemColumns, Table):
    __tablename__ = "response_import_problem"
    __table_args__ = (Index("ix_response_import_problem_import_id", "import_id", "id"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("response_import.id", ondelete="CASCADE"))
