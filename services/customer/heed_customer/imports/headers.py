"""Headers of CSV files: which columns there are, and what stands between the cells. Pure."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from heed_customer.errors import HeaderRefused
from heed_customer.imports.kinds import Kind

DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The first line by which Excel is told the delimiter of a file."""
BLANK = b' \t\r\n",;|'


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header of a CSV file may name, and must."""

    known: frozenset[str]
    needed: frozenset[str]
    one_of: frozenset[str] = frozenset()


PURCHASE_COLUMNS = ("external_id", "customer_id", "customer_external_id", "kind", "occurred_at", "currency")
LINE_COLUMNS = ("sku", "category", "quantity", "unit_price", "unit_cost")
COLUMNS = {
    Kind.CUSTOMERS: Columns(
        known=frozenset(
            ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
        ),
        needed=frozenset(("kind", "name")),
    ),
    Kind.PURCHASES: Columns(
        known=frozenset((*PURCHASE_COLUMNS, *LINE_COLUMNS, "service_point_id")),
        needed=frozenset(("external_id", "occurred_at", "currency", "sku", "category", "quantity", "unit_price")),
        one_of=frozenset(("customer_id", "customer_external_id")),
    ),
}


def read_separator(body: bytes) -> str | None:
    """Return the delimiter of a `sep=` line; none where the line is no such line. Raises `HeaderRefused`."""
    found = SEPARATOR_LINE.fullmatch(body.decode().strip(" \r"))
    if found is None:
        return None
    if found[1] not in DELIMITERS:
        raise HeaderRefused("Cells may be separated by a comma, a semicolon, a tab or a vertical bar.")
    return found[1]


def detect_delimiter(body: bytes, *, kind: Kind) -> str:
    """Return the delimiter under which the header has the most known names; a comma where none has any."""
    known = COLUMNS[kind].known
    return max(DELIMITERS, key=lambda delimiter: sum(name in known for name in _names(body, delimiter)))


def read_header(body: bytes, *, kind: Kind, delimiter: str = ",") -> list[str]:
    """Return the columns of the file, with an empty name for those without one; the last one has a name.

    Raises `HeaderRefused` where a name is unknown, doubled or missing.
    """
    columns = _names(body, delimiter)
    while columns and not columns[-1]:
        del columns[-1]
    expected = COLUMNS[kind]
    for position, name in enumerate(columns, start=1):
        if name and name not in expected.known:
            raise HeaderRefused(f"Column {position} has a name that is not known here.")
        if name and name in columns[: position - 1]:
            raise HeaderRefused(f"Column {position} has the name of an earlier one.")
    if missing := sorted(expected.needed - set(columns)):
        raise HeaderRefused(f"These columns are missing: {', '.join(missing)}.")
    if expected.one_of and expected.one_of.isdisjoint(columns):
        raise HeaderRefused(f"One of these columns is needed: {', '.join(sorted(expected.one_of))}.")
    return columns


def read_cells(body: bytes, delimiter: str = ",") -> Sequence[str] | None:
    """Return the cells of a row; none where it is not a row at all."""
    try:
        return next(csv.reader([body.decode()], delimiter=delimiter), None)
    except csv.Error:
        return None


def is_empty_row(body: bytes, delimiter: str | None) -> bool:
    """Return whether the row has no content, as spreadsheets write below their last line."""
    if body.strip(BLANK):
        return False
    return delimiter is None or not any(cell.strip() for cell in read_cells(body, delimiter) or ())


def _names(body: bytes, delimiter: str) -> list[str]:
    """Return the names of the columns, with `External ID` and `External-Id` written as `external_id`."""
    return [re.sub(r"[\s-]+", "_", cell.strip()).lower() for cell in read_cells(body, delimiter) or ()]
