"""Whether two requests say the same: what a repeated `external_id` is judged by."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

NO_FINGERPRINT = b""
"""Of rows recovered from events, which lack part of the content: the first repeated request fills it in."""


def fingerprint(content: Mapping[str, object]) -> bytes:
    """Equal for equal content: 1.50 is 1.5, noon in Paris is 11 in London, and what is not given is not there."""
    given = {name: value for name, value in content.items() if value is not None}
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=_plain).encode()).digest()


def has_same_content(stored: bytes, content: Mapping[str, object], *, filled_in: Mapping[str, object]) -> bool:
    """Return whether a repeated request has the content of the first one, of which `stored` is the fingerprint.

    What the caller leaves out the service fills in, and names in its reply: a request that repeats this, or leaves it
    out where the first one had it, has the same content.
    """
    free = [name for name, value in filled_in.items() if content.get(name) in (None, value)]
    choices = product(*((None, filled_in[name]) for name in free))
    return any(fingerprint({**content, **dict(zip(free, choice, strict=True))}) == stored for choice in choices)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no plain form of {type(value).__name__}")
