"""Headers of CSV files: columns and delimiters. Pure."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heed_customer.imports.formats.contact_columns import REACH_COLUMNS
from heed_customer.imports.formats.errors import HeaderRefused
from heed_customer.imports.formats.kinds import ImportKind

DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""First line that declares the delimiter of a file to Excel."""
BLANK_BYTES = b' \t\r\n",;|'


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that the header of a CSV file may and must have."""

    allowed: frozenset[str]
    required: frozenset[str]
    one_of: frozenset[str] = frozenset()


PURCHASE_COLUMNS = ("external_id", "customer_id", "customer_external_id", "kind", "occurred_at", "currency")
LINE_COLUMNS = ("sku", "category", "quantity", "unit_price", "unit_cost")
COLUMNS = {
    ImportKind.CUSTOMERS: Columns(
        allowed=REACH_COLUMNS.union(
            ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
        ),
        required=frozenset(("kind", "name")),
    ),
    ImportKind.PURCHASES: Columns(
        allowed=frozenset((*PURCHASE_COLUMNS, *LINE_COLUMNS, "service_point_id")),
        required=frozenset(("external_id", "occurred_at", "currency", "sku", "category", "quantity", "unit_price")),
        one_of=frozenset(("customer_id", "customer_external_id")),
    ),
}


def parse_separator(body: bytes) -> str | None:
    """Return the delimiter of a `sep=` line; None for another line. Raises `HeaderRefused`."""
    found = SEPARATOR_LINE.fullmatch(body.decode().strip(" \r"))
    if found is None:
        return None
    if found[1] not in DELIMITERS:
        raise HeaderRefused("Cells may be separated by a comma, a semicolon, a tab or a vertical bar.")
    return found[1]


def detect_delimiter(body: bytes, *, kind: ImportKind, mapping: Mapping[str, str | None] | None = None) -> str:
    """Return the delimiter with which the header has the most allowed or mapped names; a comma if there are none."""
    allowed = COLUMNS[kind].allowed.union(mapping or ())
    return max(DELIMITERS, key=lambda delimiter: sum(name in allowed for name in _names(body, delimiter)))


def parse_header(
    body: bytes, *, kind: ImportKind, delimiter: str = ",", mapping: Mapping[str, str | None] | None = None
) -> list[str | None]:
    """Return the fields of the file's columns: None for one that the mapping ignores, empty for one without a name.

    Trailing columns without a name are dropped. Raises `HeaderRefused` if a name is unknown, repeated or missing.
    """
    names = _names(body, delimiter)
    while names and not names[-1]:
        del names[-1]
    if unused := sorted(set(mapping or ()) - set(names)):
        raise HeaderRefused(f"The mapping names columns that the file does not have: {len(unused)}.")
    columns = [(mapping or {}).get(name, name) for name in names]
    expected = COLUMNS[kind]
    for position, name in enumerate(columns, start=1):
        if name and name not in expected.allowed:
            raise HeaderRefused(f"Column {position} has a name that is not known here.")
        if name and name in columns[: position - 1]:
            raise HeaderRefused(f"Column {position} has the name of an earlier one.")
    if missing := sorted(expected.required.difference(columns)):
        raise HeaderRefused(f"These columns are missing: {', '.join(missing)}.")
    if expected.one_of and expected.one_of.isdisjoint(columns):
        raise HeaderRefused(f"One of these columns is needed: {', '.join(sorted(expected.one_of))}.")
    return columns


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


def _names(body: bytes, delimiter: str) -> list[str]:
    return [normalize_column_name(unicodedata.normalize("NFC", cell)) for cell in split_cells(body, delimiter) or ()]
