"""Responses of imports of responses."""

from typing import Literal, Self
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_common.imports.schemas import FileFormat, Lines
from heed_survey.collection.imports.tables import ResponseImport


class ResponseImportResults(ResponseModel):
    """Number of lines by result; together they are the lines that are done."""

    created: int
    """Responses that were new."""
    unchanged: int
    """The same response was stored already."""
    rejected: int
    """Lines that are wrong; `errors.csv` of the import has the reasons."""


class ResponseImportOut(ResponseModel):
    id: UUID
    survey_id: UUID
    format: FileFormat
    """How the file is read; detected where the request did not name it."""
    dry_run: bool
    """Whether the results are what the import would have done: nothing was changed."""
    state: Literal["receiving", "waiting", "running", "done"]
    """`receiving` the upload, `waiting` for the worker, `running`, `done`."""
    lines: Lines
    """Progress in lines of the file."""
    results: ResponseImportResults
    """What became of the lines that are done."""
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None

    @classmethod
    def from_row(cls, row: ResponseImport) -> Self:
        file_format = {"type": row.format, "encoding": row.encoding, "delimiter": row.delimiter}
        lines = {
            "total": row.lines_total,
            "done": row.lines_done,
            "ok": row.lines_accepted,
            "failed": row.lines_failed,
        }
        results = {"created": row.lines_created, "unchanged": row.lines_unchanged, "rejected": row.lines_failed}
        own = ("id", "survey_id", "dry_run", "state", "created_at", "started_at", "finished_at")
        document = {name: getattr(row, name) for name in own}
        return cls.model_validate(document | {"format": file_format, "lines": lines, "results": results})
