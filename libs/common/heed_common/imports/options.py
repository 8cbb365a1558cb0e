"""Options of an import, as the header of a request has them. Pure."""

import json
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime

from heed_common.files.cells import normalize_column_name
from heed_common.problems import Invalid, json_pointer

HEADER = "Heed-Import-Options"
MAX_HEADER_CHARS = 8000
MAX_COLUMNS = 200


def parse_mapping(header: str | None, *, allowed: Collection[str]) -> dict[str, str | None] | None:
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
    return _check_mapping(mapping, allowed)


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


def _check_mapping(mapping: Mapping[str, object], allowed: Collection[str]) -> dict[str, str | None]:
    fields = dict[str, str | None]()
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
