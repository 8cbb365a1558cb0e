"""Imports as callers read them."""

from typing import Literal
from uuid import UUID

from heed_common.fields import Moment, ResponseModel
from heed_customer.imports.encodings import Encoding
from heed_customer.imports.kinds import Format, Kind
from heed_customer.item_results import OnConflict


class Lines(ResponseModel):
    """Blank lines and the header do not count."""

    total: int
    done: int
    ok: int
    failed: int


class Results(ResponseModel):
    """How many lines had which result; together they are the lines that are done."""

    created: int
    updated: int
    """Heed had other content, which was replaced."""
    unchanged: int
    """Heed had the same content already."""
    kept: int
    """Heed had other content, which stayed."""
    rejected: int


class FileFormat(ResponseModel):
    """How the file was read."""

    type: Format
    encoding: Encoding
    delimiter: str | None
    """Between the cells of a CSV file."""


class ProblemOut(ResponseModel):
    """Why a line was not taken: never the line."""

    line: int
    column: str | None
    code: str
    reason: str


class ImportOut(ResponseModel):
    id: UUID
    kind: Kind
    format: FileFormat
    on_conflict: OnConflict
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    lines: Lines
    results: Results
    created_at: Moment
    finished_at: Moment | None
    errors: list[ProblemOut]
    next_cursor: str | None
    """Where the next errors begin."""
