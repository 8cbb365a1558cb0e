"""Identifiers that sort by their time of creation, which keeps indexes small and lists in order."""

from uuid import UUID

import uuid_utils
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return uuid7()


def new_id_text() -> str:
    """Return a new UUIDv7 as text, for what is only written: an object takes seven times as long."""
    return str(uuid_utils.uuid7())
