"""Lines of a chunk as documents, and the problems of rejected ones. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from heed_common.errors import HeedError
from heed_common.files.cells import normalize_column_name, split_cells
from heed_common.files.errors import LineMalformed, LineTooLong
from heed_common.files.file_lines import OVERLONG_LINE
from heed_common.files.line_splitter import Line, LineSplitter
from heed_common.strict_json import NotJSON, UnstorableText, loads
from heed_common.text import is_blank

MAX_PROBLEMS = 20
"""Twenty are enough to correct a line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line was rejected, without its content."""

    line: int
    column: str | None
    code: str
    reason: str


def split_lines(body: bytes, *, first_line: int, delimiter: str | None) -> Iterator[Line]:
    """Yield the lines of a chunk that are not blank; `delimiter` is that of a CSV file."""
    splitter = LineSplitter(delimiter=delimiter, first_line=first_line)
    return (line for line in (*splitter.feed(body), *splitter.end()) if line.body and line.body.strip())


def parse_document(body: bytes, *, mapping: Mapping[str, str | None] | None = None) -> object:
    """Return the JSON of a line, its members under the names of the fields. Raises `LineTooLong`, `LineMalformed`."""
    if body.startswith(OVERLONG_LINE):
        raise LineTooLong
    try:
        document: object = loads(body)
    except NotJSON:
        raise LineMalformed from None
    except UnstorableText as error:
        raise LineMalformed(str(error)) from None
    return map_fields(document, mapping) if isinstance(document, dict) else document


def parse_cells(body: bytes, *, columns: Sequence[str | None], delimiter: str) -> dict[str, str]:
    """Return the cells that are not empty by their columns. Raises `LineTooLong`, `LineMalformed`."""
    if body.startswith(OVERLONG_LINE):
        raise LineTooLong
    cells = split_cells(body, delimiter)
    if cells is None or len(cells) < len(columns) or not all(map(is_blank, cells[len(columns) :])):
        raise LineMalformed("The row does not have as many cells as the header.")
    if any(not is_blank(cell) for name, cell in zip(columns, cells, strict=False) if name == ""):
        raise LineMalformed("A column without a name has a cell with content.")
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name and not is_blank(cell)}


def map_fields(document: Mapping[str, object], mapping: Mapping[str, str | None] | None) -> dict[str, object]:
    """Return the members of an NDJSON line under the names of the fields, without those that the mapping ignores."""
    if not mapping:
        return dict(document)
    named = ((mapping.get(normalize_column_name(name), name), value) for name, value in document.items())
    return {name: value for name, value in named if name is not None}


def dotted(pointer: str) -> str | None:
    """Return the column that a JSON pointer leads to."""
    return pointer.removeprefix("/").replace("/", ".") or None


def problems_of(line: int, error: HeedError, *, column: Callable[[str], str | None] = dotted) -> list[Problem]:
    """Return the problems of a rejected line: column and broken rule."""
    entries = getattr(error, "errors", None) or [{"pointer": error.pointer or "", "detail": error.detail}]
    return [Problem(line, column(entry["pointer"]), error.code, entry["detail"]) for entry in entries[:MAX_PROBLEMS]]
