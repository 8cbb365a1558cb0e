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
    """Items that were new."""
    updated: int
    """The stored content differed and was replaced."""
    unchanged: int
    """The same content was stored already."""
    kept: int
    """The stored content differed and was not replaced."""
    rejected: int
    """Lines that are wrong; `errors` has the reasons."""


class ImportOut(ResponseModel):
    id: UUID
    kind: ImportKind
    """What the lines are."""
    format: FileFormat
    """How the file is read; detected where the request did not name it."""
    on_conflict: OnConflict
    """What happens to a line whose external id is stored with other content."""
    dry_run: bool
    """Whether the results are what the import would have done: nothing was changed."""
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    """`receiving` the upload, `waiting` for the worker, `running`, `done`, or `failed` as a whole."""
    lines: Lines
    """Progress in lines of the file."""
    results: ImportResults
    """What became of the lines that are done."""
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    remaining_seconds: int | None
    """Estimate from the speed so far; null before the first lines and when it is finished."""
    errors: list[RejectedLineOut]
    """A page of the rejected lines, in the order of the file."""
    next_cursor: str | None
    """Of the next page of errors."""
