"""Responses of imports."""

from typing import Literal
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.item_results import OnConflict


class Lines(ResponseModel):
    """Numbers of lines, without blank lines and the header."""

    total: int
    done: int
    ok: int
    failed: int


class ImportResults(ResponseModel):
    """Number of lines by result; together they are the lines that are done."""

    created: int
    updated: int
    """The stored content differed and was replaced."""
    unchanged: int
    """The same content was stored already."""
    kept: int
    """The stored content differed and was not replaced."""
    rejected: int


class FileFormat(ResponseModel):
    """Format with which the file was read."""

    type: FileType
    encoding: Encoding
    delimiter: str | None
    """Between the cells of a CSV file."""


class ProblemOut(ResponseModel):
    """Why a line was rejected, without its content."""

    line: int
    column: str | None
    code: str
    reason: str


class ImportOut(ResponseModel):
    id: UUID
    kind: ImportKind
    format: FileFormat
    on_conflict: OnConflict
    dry_run: bool
    """Whether the results are what the import would have done: nothing was changed."""
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    lines: Lines
    results: ImportResults
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    remaining_seconds: int | None
    """Estimate from the speed so far; null before the first lines and when it is finished."""
    errors: list[ProblemOut]
    next_cursor: str | None
    """Of the next page of errors."""
