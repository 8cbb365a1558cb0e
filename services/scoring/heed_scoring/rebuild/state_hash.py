"""State of a customer in canonical parts, and the hash over all customers. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

State = Mapping[str, Any]
"""Facts, complaint states, aliases, published numbers: by name, as JSON can hold them."""


class StateHash:
    """SHA-256 over one line for each customer, in the order of their ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, customer_id: UUID, parts: State) -> None:
        """Add a customer. Keys are sorted, because the order of keys in stored facts has no meaning."""
        self._hash.update(f"{customer_id} {_canonical(parts)}\n".encode())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def differing_parts(one: State | None, other: State | None) -> list[str]:
    """Return the names of the differing parts."""
    if one is None or other is None:
        return [] if one is other else ["customer"]
    return [name for name in _names((one, other)) if one.get(name) != other.get(name)]


def _names(sides: Iterable[State]) -> list[str]:
    return list(dict.fromkeys(name for parts in sides for name in parts))


def _canonical(parts: State) -> str:
    return json.dumps(parts, sort_keys=True, separators=(",", ":"))
