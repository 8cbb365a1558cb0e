"""Options and progress of imports. Pure: no clock, no tables."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from heed_common.encryption import FieldCipher
from heed_common.files.cells import normalize_column_name
from heed_common.problems import Invalid, json_pointer
from heed_customer.imports.formats.headers import COLUMNS
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.item_results import OnConflict

HEADER = "Heed-Import-Options"
MAX_HEADER_CHARS = 8000
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to treat the file."""

    on_conflict: OnConflict = OnConflict.REJECT
    dry_run: bool = False
    """Report what the import would do, and change nothing."""
    mapping: Mapping[str, str | None] | None = None
    """Fields by the normalised names of the file's columns; None for a column to ignore."""


@dataclass(frozen=True, slots=True)
class ProcessingSettings:
    """Settings of the service that the processing of imports needs."""

    default_margin: Decimal
    earliest: date
    country: str | None
    """Of telephone numbers without a country code."""
    cipher: FieldCipher


def parse_mapping(header: str | None, *, kind: ImportKind) -> dict[str, str | None] | None:
    """Return the mapping of the header's JSON object. Raises `Invalid` with a pointer to what is wrong."""
    if header is None:
        return None
    document = _parse_object(header)
    mapping = document.pop("mapping", None)
    if document:
        raise _invalid([next(iter(document))], "is not known here")
    if mapping is None:
        return None
    if not isinstance(mapping, dict) or len(mapping) > MAX_COLUMNS:
        raise _invalid(["mapping"], f"must be an object of at most {MAX_COLUMNS} fields by column")
    return _check_mapping(mapping, kind)


def remaining_seconds(*, started_at: datetime | None, done: int, total: int, now: datetime) -> int | None:
    """Return the time to the end of a running import at its average speed so far; None before its first lines."""
    if started_at is None or done == 0:
        return None
    return round((now - started_at).total_seconds() / done * max(total - done, 0))


def _parse_object(header: str) -> dict[str, object]:
    try:
        # Clients send other characters than ASCII as UTF-8, which HTTP libraries decode as Latin-1.
        header = header.encode("latin-1").decode("utf-8")
        document = json.loads(header) if len(header) <= MAX_HEADER_CHARS else None
    except (UnicodeError, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _invalid([], f"must be a JSON object of at most {MAX_HEADER_CHARS} characters")
    return document


def _check_mapping(mapping: Mapping[str, object], kind: ImportKind) -> dict[str, str | None]:
    allowed, fields = COLUMNS[kind].allowed, dict[str, str | None]()
    for column, name in mapping.items():
        key = normalize_column_name(unicodedata.normalize("NFC", column))
        if name is not None and (not isinstance(name, str) or name not in allowed):
            raise _invalid(["mapping", column], f"must be null or one of {', '.join(sorted(allowed))}")
        if key in fields:
            raise _invalid(["mapping", column], "is the same column as an earlier one")
        fields[key] = name
    return fields


def _invalid(path: list[str], detail: str) -> Invalid:
    return Invalid([{"pointer": json_pointer(path), "detail": detail, "in": "header"}])
