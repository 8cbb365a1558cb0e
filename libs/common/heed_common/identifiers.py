"""Identifiers that sort by the time they were made, which keeps indexes small and lists in order."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()
