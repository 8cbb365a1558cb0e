"""Content hashes of requests, by which a repeated `external_id` is recognised."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

NO_FINGERPRINT = b""
"""Hash of rows recovered from events, which lack part of the content: the first repeated request completes them."""


def fingerprint(content: Mapping[str, object]) -> bytes:
    """Return a hash that is equal for equal content: 1.50 is 1.5, noon in Paris is 11 in London, null is absent."""
    given = {name: value for name, value in content.items() if value is not None}
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=_plain).encode()).digest()


def has_same_content(stored: bytes, content: Mapping[str, object], *, filled_in: Mapping[str, object]) -> bool:
    """Return whether a repeated request has the content of the first one, of which `stored` is the fingerprint.

    The service fills in and returns defaults for missing values: a request that repeats a default, or omits it where
    the first one had it, has the same content.
    """
    free = [name for name, value in filled_in.items() if content.get(name) in (None, value)]
    choices = product(*((None, filled_in[name]) for name in free))
    return any(fingerprint({**content, **dict(zip(free, choice, strict=True))}) == stored for choice in choices)


def hash_external_id(external_id: str) -> str:
    """Return the hash by which services know a caller's id without storing it: it may be an address."""
    return hashlib.sha256(external_id.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no plain form of {type(value).__name__}")
