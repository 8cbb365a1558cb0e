"""Identifiers that sort by their time of creation, which keeps indexes small and lists in order.

They are of the driver's own class of UUIDs, as those of every row that is read: it is a subclass of Python's, and equal
to it, and takes a tenth of the time to make and to write.
"""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

import uuid_utils
from asyncpg.pgproto.pgproto import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> uuid.UUID:
    """Return a new UUIDv7."""
    created: uuid.UUID = UUID(uuid_utils.uuid7().bytes)
    return created


def id_of(moment: datetime) -> uuid.UUID:
    """Return a new UUIDv7 that sorts as if it had been made at that moment: for rows of the past."""
    millis = max((moment - EPOCH) // timedelta(milliseconds=1), 0)
    number = millis << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    created: uuid.UUID = UUID(number.to_bytes(16))
    return created


def new_id_text() -> str:
    """Return a new UUIDv7 as text, for what is only written: an object takes several times as long."""
    return str(uuid_utils.uuid7())


def to_uuid(text: str) -> uuid.UUID:
    """Return the id that is written in the usual form. Raises `ValueError`."""
    parsed: uuid.UUID = UUID(text)
    return parsed


def to_own_class(id_: uuid.UUID) -> uuid.UUID:
    """Return the same id in the class of `new_id`: for one that is looked up and written again and again."""
    converted: uuid.UUID = UUID(id_.bytes)
    return converted
