"""Headers of CSV files: columns and delimiters. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from heed_common.files.cells import DELIMITERS, header_names
from heed_common.files.errors import HeaderRefused

ColumnMapping = Mapping[str, str | None]
"""Fields by the normalised names of the file's columns; None for a column to ignore."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that the header of a CSV file may and must have."""

    allowed: frozenset[str]
    required: frozenset[str]
    one_of: frozenset[str] = frozenset()


def detect_delimiter(body: bytes, *, expected: Columns, mapping: ColumnMapping | None = None) -> str:
    """Return the delimiter with which the header has the most allowed or mapped names; a comma if there are none."""
    allowed = expected.allowed.union(mapping or ())
    return max(DELIMITERS, key=lambda delimiter: sum(name in allowed for name in header_names(body, delimiter)))


def parse_header(
    body: bytes, delimiter: str = ",", *, expected: Columns, mapping: ColumnMapping | None = None
) -> list[str | None]:
    """Return the fields of the file's columns: None for one that the mapping ignores, empty for one without a name.

    Trailing columns without a name are dropped. Raises `HeaderRefused` if a name is unknown, repeated or missing.
    """
    names = header_names(body, delimiter)
    while names and not names[-1]:
        del names[-1]
    if unused := sorted(set(mapping or ()) - set(names)):
        raise HeaderRefused(f"The mapping names columns that the file does not have: {len(unused)}.")
    columns = [(mapping or {}).get(name, name) for name in names]
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
