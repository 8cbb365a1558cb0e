"""Cells, delimiters and column names of CSV files. Pure."""

import csv
import re
import unicodedata
from collections.abc import Sequence

from heed_common.files.errors import HeaderRefused

DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""First line that declares the delimiter of a file to Excel."""
BLANK_BYTES = b' \t\r\n",;|'


def parse_separator(body: bytes) -> str | None:
    """Return the delimiter of a `sep=` line; None for another line. Raises `HeaderRefused`."""
    found = SEPARATOR_LINE.fullmatch(body.decode().strip(" \r"))
    if found is None:
        return None
    if found[1] not in DELIMITERS:
        raise HeaderRefused("Cells may be separated by a comma, a semicolon, a tab or a vertical bar.")
    return found[1]


def split_cells(body: bytes, delimiter: str = ",") -> Sequence[str] | None:
    """Return the cells of a row; None if it is not valid CSV."""
    try:
        return next(csv.reader([body.decode()], delimiter=delimiter), None)
    except csv.Error:
        return None


def is_empty_row(body: bytes, delimiter: str | None) -> bool:
    """Return whether the row has no content, as spreadsheets write them after the last row."""
    if body.strip(BLANK_BYTES):
        return False
    return delimiter is None or not any(cell.strip() for cell in split_cells(body, delimiter) or ())


def normalize_column_name(name: str) -> str:
    """Return the normal form of a column's name: `External ID` and `External-Id` are `external_id`."""
    return re.sub(r"[\s-]+", "_", name.strip()).lower()


def header_names(body: bytes, delimiter: str) -> list[str]:
    """Return the normal forms of the names in a header."""
    return [normalize_column_name(unicodedata.normalize("NFC", cell)) for cell in split_cells(body, delimiter) or ()]
