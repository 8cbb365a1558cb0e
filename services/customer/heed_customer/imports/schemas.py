"""Responses of imports."""

from typing import Literal
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_common.imports.schemas import FileFormat, Lines, RejectedLineOut
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.item_results import OnConflict


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
    errors: list[RejectedLineOut]
    next_cursor: str | None
    """Of the next page of errors."""
