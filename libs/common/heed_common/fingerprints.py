"""Whether two requests say the same: what a repeated `external_id` is judged by."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

UNKNOWN = b""
"""Of rows recovered from events, which lack part of the content: the first repeated request fills it in."""


def fingerprint(content: Mapping[str, object]) -> bytes:
    """Equal for equal content: 1.50 is 1.5, noon in Paris is 11 in London, and what is not given is not there."""
    given = {name: value for name, value in content.items() if value is not None}
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=_plain).encode()).digest()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no plain form of {type(value).__name__}")
