"""Lines of a file as responses. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from heed_common.errors import HeedError
from heed_common.files.line_splitter import Line
from heed_common.imports import lines
from heed_common.imports.lines import Problem
from heed_common.problems import invalid
from heed_survey.responses.cells import DESIGN, FIELDS, PREFIX, WHOLE_NUMBER, parse_answers
from heed_survey.responses.rules import Mode, NewResponse
from heed_survey.responses.schemas import ResponseIn
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

NUMBERS = frozenset({"survey_version", "seconds"})
DESIGN_PREFIX = "design."
DESIGN_NUMBERS = frozenset({"weight", "population", "population2"})
IMPORTED = (
    *("external_id", "customer_id", "survey_version", "mode", "wave", "interviewer", "seconds", "answered_at"),
    "touchpoint_at",
)
IGNORED = frozenset(FIELDS) - frozenset(IMPORTED) - {DESIGN_PREFIX + name for name in DESIGN}
"""Columns of an exported file that an import does not need."""


@dataclass(frozen=True, slots=True)
class Source:
    """Content and format of a chunk, and the version that its lines belong to unless they name another."""

    body: bytes
    first_line: int
    columns: Sequence[str | None] | None
    delimiter: str
    questionnaire: Questionnaire | None
    """None if the survey takes no responses any more."""


@dataclass(frozen=True, slots=True)
class ParsedLine:
    line: int
    value: NewResponse | HeedError


def is_known(name: str, questionnaire: Questionnaire) -> bool:
    """Return whether a file may have the column."""
    fields = {*IMPORTED, *IGNORED, *(DESIGN_PREFIX + part for part in DESIGN)}
    return name.removeprefix(PREFIX) in fields or any(name in item.fields for item in questionnaire.items)


def parse_lines(source: Source) -> Iterator[ParsedLine]:
    """Parse one response per line."""
    for record in _records(source):
        yield ParsedLine(record.line, _parse(record, source))


def refuse_lines(source: Source, error: HeedError) -> list[ParsedLine]:
    """Return the lines of a file whose survey takes no responses any more."""
    return [ParsedLine(record.line, error) for record in _records(source)]


def problems_of(line: int, error: HeedError) -> list[Problem]:
    """Return the problems of a rejected line; the column of an item has its code for a name."""
    return lines.problems_of(line, error, column=lambda pointer: lines.dotted(pointer.removeprefix("/answers/")))


def _records(source: Source) -> Iterator[Line]:
    delimiter = source.delimiter if source.columns else None
    return lines.split_lines(source.body, first_line=source.first_line, delimiter=delimiter)


def _parse(record: Line, source: Source) -> NewResponse | HeedError:
    body = record.body or b""
    try:
        document = lines.parse_document(body) if source.columns is None else _from_cells(body, source)
        if isinstance(document, dict):
            document = {"mode": Mode.IMPORT.value} | document
        return ResponseIn.model_validate(document).to_domain()
    except ValidationError as error:
        return invalid(error)
    except HeedError as error:
        return error


def _from_cells(body: bytes, source: Source) -> dict[str, Any]:
    """Return the document of a row; an empty cell is no member."""
    named = lines.parse_cells(body, columns=source.columns or (), delimiter=source.delimiter)
    items = () if source.questionnaire is None else source.questionnaire.items
    answers = parse_answers(named, items)
    codes = {name for item in items for name in item.fields}
    fields = {name.removeprefix(PREFIX): cell for name, cell in named.items() if name not in codes}
    document: dict[str, Any] = {name: _number(name, fields[name]) for name in IMPORTED if name in fields}
    design = {part: _decimal(part, fields[DESIGN_PREFIX + part]) for part in DESIGN if DESIGN_PREFIX + part in fields}
    return document | {"answers": answers} | ({"design": design} if design else {})


def _number(name: str, cell: str) -> int | str:
    return int(cell) if name in NUMBERS and WHOLE_NUMBER.fullmatch(cell) else cell


def _decimal(name: str, cell: str) -> float | str:
    if name not in DESIGN_NUMBERS:
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell
