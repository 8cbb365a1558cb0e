"""Imports as callers read them."""

from typing import Literal
from uuid import UUID

from heed_common.fields import Moment, Reply
from heed_customer.imports.rules import Format, Kind


class Lines(Reply):
    """Blank lines and the header do not count."""

    total: int
    done: int
    ok: int
    failed: int


class ProblemOut(Reply):
    """Why a line was not taken: never the line."""

    line: int
    column: str | None
    code: str
    reason: str


class ImportOut(Reply):
    id: UUID
    kind: Kind
    format: Format
    state: Literal["receiving", "waiting", "running", "done", "failed"]
    lines: Lines
    created_at: Moment
    finished_at: Moment | None
    errors: list[ProblemOut]
    next_cursor: str | None
    """Where the next errors begin."""
