"""Reports as files: a table for spreadsheets, or a plot."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from heed_common.fields import ResponseModel
from heed_common.languages import Language
from heed_common.spreadsheets import BYTE_ORDER_MARK, neutralize_formula
from heed_complaint.reporting.reports.schemas import Report

FileFormat = Literal["csv", "png", "svg"]
MEDIA_TYPES: Mapping[FileFormat, str] = {"csv": "text/csv; charset=utf-8", "png": "image/png", "svg": "image/svg+xml"}


def export_report(name: str, report: Report, *, file_format: FileFormat, language: Language) -> bytes:
    """Return the content of the file."""
    if file_format == "csv":
        return to_csv(report).encode()
    # Only requests for a plot wait for the import of matplotlib.
    from heed_complaint.reporting.reports.plots import draw

    return draw(name, report, image_format=file_format, language=language)


def to_csv(report: Report) -> str:
    """Return the report as CSV: a header, and a line for each row."""
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=list(_names(report.line)), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(dict(_cells(line)) for line in report.lines())
    return BYTE_ORDER_MARK + file.getvalue()


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
