"""Operations on dead letters, for the HTTP API and the command line: list, get, retry, drop.

The retry itself is done by the consumer (`retries.py`), which polls once a second: the handlers live in the worker.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import NotFound
from heed_common.tables import DEAD_LETTER

TYPE = re.compile(r"heed\.[a-z_]+\.[a-z_]+\.v[0-9]{1,4}")
LETTERS = DEAD_LETTER.c
METADATA_COLUMNS: list[ColumnElement[Any]] = [
    *(column for column in LETTERS if column.name not in ("key", "value")),
    func.octet_length(LETTERS.value).label("size"),
]
ATTRIBUTE_TYPES: dict[str, TypeAdapter[Any]] = {
    "id": TypeAdapter(UUID),
    "type": TypeAdapter(str),
    "subject": TypeAdapter(UUID),
    "partitionkey": TypeAdapter(UUID),
    "time": TypeAdapter(AwareDatetime),
    "aggversion": TypeAdapter(int),
    "causationid": TypeAdapter(UUID),
}
OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class DeadLetterUnknown(NotFound):
    code, title = "dead_letter_unknown", "There is no such dead letter; it may have been processed or dropped."
    advice = "List the dead letters again: another person has replayed or dropped it."


@dataclass(frozen=True, slots=True)
class Filter:
    """Selects dead letters; an empty filter selects all of them."""

    ids: Sequence[int] = ()
    group: str | None = None
    topic: str | None = None
    error: str | None = None

    def condition(self) -> ColumnElement[bool]:
        columns = {LETTERS.consumer_group: self.group, LETTERS.topic: self.topic, LETTERS.error: self.error}
        conditions = [column == value for column, value in columns.items() if value is not None]
        numbers = [LETTERS.id.in_(self.ids)] if self.ids else []
        return and_(LETTERS.dropped_at.is_(None), *conditions, *numbers)


async def list_dead_letters(
    session: AsyncSession, *, filter_: Filter, limit: int, before: int | None = None
) -> Sequence[Row[Any]]:
    """List dead letters with ids below `before`, newest first."""
    query = select(*METADATA_COLUMNS).where(filter_.condition()).order_by(LETTERS.id.desc()).limit(limit)
    return (await session.execute(query if before is None else query.where(LETTERS.id < before))).all()


async def get_dead_letter(session: AsyncSession, *, id_: int) -> Row[Any]:
    """Get one dead letter with its key and bytes. Raises `DeadLetterUnknown`."""
    columns = [*METADATA_COLUMNS, LETTERS.key, LETTERS.value]
    row = (await session.execute(select(*columns).where(Filter(ids=[id_]).condition()))).first()
    if row is None:
        raise DeadLetterUnknown
    return row


async def request_retry(session: AsyncSession, *, filter_: Filter, now: datetime) -> int:
    """Mark dead letters for a retry by their group's consumer. Return how many were marked."""
    marked = update(DEAD_LETTER).where(filter_.condition()).values(retry_requested_at=now).returning(LETTERS.id)
    return len((await session.execute(marked)).all())


async def drop(session: AsyncSession, *, filter_: Filter, now: datetime) -> int:
    """Give events up for good and delete their keys and bytes. Return how many were dropped.

    The rows stay: callers that wait for such an event get a response at once, and a rebuild of scoring leaves it out.
    """
    values = {"dropped_at": now, "key": None, "value": b"", "retry_requested_at": None}
    dropped = update(DEAD_LETTER).where(filter_.condition()).values(values).returning(LETTERS.id)
    return len((await session.execute(dropped)).all())


def envelope_attributes(value: bytes) -> dict[str, Any]:
    """Return the attributes of the envelope that can be decoded and have Heed's own format.

    Any other value in their place may contain anything and is treated as payload.
    """
    try:
        members = OBJECT.validate_json(value)
    except ValidationError:
        return {}
    found: dict[str, Any] = {}
    for name, kind in ATTRIBUTE_TYPES.items():
        try:
            found[name] = kind.validate_python(members.get(name))
        except ValidationError:
            continue
    if not TYPE.fullmatch(found.get("type", "")):
        found.pop("type", None)
    return found
