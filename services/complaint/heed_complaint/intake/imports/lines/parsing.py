"""Parser of a chunk into complaints of the past, with their line numbers. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from heed_common.errors import HeedError
from heed_common.files.line_splitter import Line
from heed_common.imports import lines
from heed_common.imports.lines import Problem
from heed_common.problems import invalid
from heed_complaint.intake.imports.lines.columns import Row, column_of, row_of
from heed_complaint.intake.imports.lines.schemas import PastComplaintIn
from heed_complaint.intake.imports.past.moves import PastComplaint


@dataclass(frozen=True, slots=True)
class Source:
    """Content and format of a chunk."""

    body: bytes
    first_line: int = 1
    columns: Sequence[str | None] | None = None
    """Of a CSV file; None for NDJSON."""
    delimiter: str = ","
    mapping: Mapping[str, str | None] | None = None
    """Of the members of NDJSON lines; the columns of a CSV file are mapped already."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    line: int
    value: PastComplaint | HeedError
    moments: tuple[str, ...] | None = None
    """Of a CSV row: the column with the moment of each move."""

    def problems(self, error: HeedError) -> list[Problem]:
        """Return the problems of the rejected line: column and broken rule."""
        if self.moments is None:
            return lines.problems_of(self.line, error)
        return lines.problems_of(self.line, error, column=partial(column_of, moments=self.moments))


def parse_lines(source: Source) -> Iterator[ParsedLine]:
    """Parse one complaint per line."""
    delimiter = None if source.columns is None else source.delimiter
    for record in lines.split_lines(source.body, first_line=source.first_line, delimiter=delimiter):
        yield _parse(record, source)


def _parse(record: Line, source: Source) -> ParsedLine:
    body = record.body or b""
    try:
        if source.columns is None:
            return ParsedLine(record.line, _complaint(lines.parse_document(body, mapping=source.mapping)))
        row = row_of(lines.parse_cells(body, columns=source.columns, delimiter=source.delimiter))
    except HeedError as error:
        return ParsedLine(record.line, error, None if source.columns is None else ())
    return _parse_row(record.line, row)


def _parse_row(line: int, row: Row) -> ParsedLine:
    return ParsedLine(line, _complaint(row.document), row.moments)


def _complaint(document: object) -> PastComplaint | HeedError:
    try:
        return PastComplaintIn.model_validate(document).to_domain()
    except ValidationError as error:
        return invalid(error)
