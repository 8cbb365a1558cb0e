"""Identifiers that sort by their time of creation, which keeps indexes small and lists in order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()
