"""Responses of imports of complaints."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_common.imports.options import remaining_seconds
from heed_common.imports.schemas import FileFormat, Lines
from heed_complaint.intake.imports.results import ComplaintConflict
from heed_complaint.intake.imports.tables import ComplaintImport


class ComplaintImportResults(ResponseModel):
    """Number of lines by result; together they are the lines that are done."""

    created: int
    """Complaints that were opened with their history."""
    unchanged: int
    """The same complaint with the same history was stored already."""
    kept: int
    """The stored content differed and was not replaced."""
    rejected: int
    """Lines that are wrong; `errors.csv` of the import has the reasons."""


class ComplaintImportOut(ResponseModel):
    id: UUID
    format: FileFormat
    """How the file is read; detected where the request did not name it."""
    on_conflict: ComplaintConflict
    """What happens to a line whose external id is stored with other content."""
    dry_run: bool
    """Whether the results are what the import would have done: nothing was changed."""
    state: Literal["receiving", "waiting", "running", "done"]
    """`receiving` the upload, `waiting` for the worker, `running`, `done`."""
    lines: Lines
    """Progress in lines of the file."""
    results: ComplaintImportResults
    """What became of the lines that are done."""
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    remaining_seconds: int | None
    """Estimate from the speed so far; null before the first lines and when it is finished."""

    @classmethod
    def from_row(cls, row: ComplaintImport, *, now: datetime) -> Self:
        done, total = row.lines_done, row.lines_total
        remaining = remaining_seconds(started_at=row.started_at, done=done, total=total, now=now)
        own = ("id", "on_conflict", "dry_run", "state", "created_at", "started_at", "finished_at")
        document = {name: getattr(row, name) for name in own} | {
            "format": {"type": row.format, "encoding": row.encoding, "delimiter": row.delimiter},
            "lines": {"total": total, "done": done, "ok": row.lines_accepted, "failed": row.lines_failed},
            "results": {
                "created": row.lines_created,
                "unchanged": row.lines_unchanged,
                "kept": row.lines_kept,
                "rejected": row.lines_failed,
            },
            "remaining_seconds": None if row.finished_at else remaining,
        }
        return cls.model_validate(document)
