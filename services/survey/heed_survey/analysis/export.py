"""Results as files: a table for spreadsheets, or a plot."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_common.spreadsheets import BYTE_ORDER_MARK, neutralize_formula
from heed_survey.analysis.results.documents import EstimateOut, ResultOut

FileFormat = Literal["csv"]
MEDIA_TYPES: Mapping[FileFormat, str] = {"csv": "text/csv; charset=utf-8"}
SUPPRESSED_CELL = "suppressed"


def export(name: str, result: ResultOut, *, file_format: FileFormat, language: Language) -> bytes:
    """Return the content of the file."""
    return to_csv(result).encode()


def to_csv(result: ResultOut) -> str:
    """Return the result as CSV: a header, and a line for each row; of an estimate, a column for each part."""
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=[name for name, _ in _columns(result.line)], lineterminator="\r\n")
    writer.writeheader()
    for line in result.lines():
        document = line.model_dump(mode="json")
        writer.writerow({name: neutralize_formula(_cell(document, path)) for name, path in _columns(result.line)})
    return BYTE_ORDER_MARK + file.getvalue()


def _columns(line: type[ResponseModel]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in line.model_fields.items():
        if EstimateOut in (field.annotation, *get_args(field.annotation)):
            yield from ((f"{name}_{part}", (name, part)) for part in EstimateOut.model_fields)
        else:
            yield name, (name,)


def _cell(document: Any, path: tuple[str, ...]) -> object:  # noqa: ANN401 JSON
    for name in path:
        if isinstance(document, dict) and document.get("suppressed"):
            return SUPPRESSED_CELL
        document = document.get(name) if isinstance(document, dict) else None
    if isinstance(document, dict):
        return SUPPRESSED_CELL if document.get("suppressed") else " ".join(map(str, document.values()))
    return document
