"""A report as a file: a table for spreadsheets, or a picture."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_complaint.reporting.reports.schemas import Report

FileFormat = Literal["csv", "png", "svg"]
MEDIA_TYPES: Mapping[FileFormat, str] = {"csv": "text/csv; charset=utf-8", "png": "image/png", "svg": "image/svg+xml"}
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run what begins so, and labels are typed in by people."""


def export_report(name: str, report: Report, *, kind: FileFormat, language: Language) -> bytes:
    """The file. Only who asks for a picture waits for the drawing library to be loaded."""
    if kind == "csv":
        return to_csv(report).encode()
    from heed_complaint.reporting.reports.plots import draw

    return draw(name, report, kind=kind, language=language)


def to_csv(report: Report) -> str:
    """A heading, and a line for each row of the report."""
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=list(_names(report.line)), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(dict(_cells(line)) for line in report.lines())
    # With the mark spreadsheets read Chinese labels right.
    return f"\ufeff{file.getvalue()}"


def _names(line: type[ResponseModel]) -> Iterator[str]:
    for name, field in line.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, ResponseModel):
            yield from (f"{name}_{part}" for part in _names(inner))
        else:
            yield name


def _cells(line: ResponseModel) -> Iterator[tuple[str, Any]]:
    for name, value in line.model_dump(mode="json").items():
        if isinstance(value, dict):
            yield from ((f"{name}_{inner}", neutralize_formula(cell)) for inner, cell in value.items())
        else:
            yield name, neutralize_formula(value)


def neutralize_formula(cell: object) -> object:
    """Text that a spreadsheet would run is text again; numbers, also negative ones, stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_PREFIXES) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdecimal() and cell.isascii()
