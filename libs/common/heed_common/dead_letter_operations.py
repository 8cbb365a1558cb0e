"""What operators do with dead letters, over HTTP and by command: list, look at one, have it tried again, drop it.

The one that tries again is the consumer (`retries.py`): the handlers live in the worker, and it looks once a second.
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
NEITHER_KEY_NOR_VALUE: list[ColumnElement[Any]] = [
    *(column for column in LETTERS if column.name not in ("key", "value")),
    func.octet_length(LETTERS.value).label("size"),
]
KINDS: dict[str, TypeAdapter[Any]] = {
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
    code, title = "dead_letter_unknown", "There is no such dead letter; it may have been taken in or dropped."


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; without anything all of them."""

    ids: Sequence[int] = ()
    group: str | None = None
    topic: str | None = None
    error: str | None = None

    def condition(self) -> ColumnElement[bool]:
        wanted = {LETTERS.consumer_group: self.group, LETTERS.topic: self.topic, LETTERS.error: self.error}
        conditions = [column == value for column, value in wanted.items() if value is not None]
        numbers = [LETTERS.id.in_(self.ids)] if self.ids else []
        return and_(LETTERS.dropped_at.is_(None), *conditions, *numbers)


async def list_dead_letters(
    session: AsyncSession, *, wanted: Filter, limit: int, before: int | None = None
) -> Sequence[Row[Any]]:
    """List dead letters, newest first, from below the number `before` on."""
    query = select(*NEITHER_KEY_NOR_VALUE).where(wanted.condition()).order_by(LETTERS.id.desc()).limit(limit)
    return (await session.execute(query if before is None else query.where(LETTERS.id < before))).all()


async def get_dead_letter(session: AsyncSession, *, id_: int) -> Row[Any]:
    """Get one dead letter with its key and bytes. Raises `DeadLetterUnknown`."""
    columns = [*NEITHER_KEY_NOR_VALUE, LETTERS.key, LETTERS.value]
    row = (await session.execute(select(*columns).where(Filter(ids=[id_]).condition()))).first()
    if row is None:
        raise DeadLetterUnknown
    return row


async def request_retry(session: AsyncSession, *, wanted: Filter, now: datetime) -> int:
    """Mark dead letters for their group's consumer, which tries each again. Answers how many there are."""
    marked = update(DEAD_LETTER).where(wanted.condition()).values(retry_requested_at=now).returning(LETTERS.id)
    return len((await session.execute(marked)).all())


async def drop(session: AsyncSession, *, wanted: Filter, now: datetime) -> int:
    """Decide that events are never taken in, and remove their keys and bytes. Answers how many there were.

    The rows stay: who waits for such an event is answered at once, and a rebuild of scoring leaves it out.
    """
    values = {"dropped_at": now, "key": None, "value": b"", "retry_requested_at": None}
    dropped = update(DEAD_LETTER).where(wanted.condition()).values(values).returning(LETTERS.id)
    return len((await session.execute(dropped)).all())


def envelope_attributes(value: bytes) -> dict[str, Any]:
    """Return the attributes of the envelope that have the form that Heed gives them, as far as they can be read.

    Whoever wrote something else into their place may have written anything: it is payload.
    """
    try:
        members = OBJECT.validate_json(value)
    except ValidationError:
        return {}
    found: dict[str, Any] = {}
    for name, kind in KINDS.items():
        try:
            found[name] = kind.validate_python(members.get(name))
        except ValidationError:
            continue
    if not TYPE.fullmatch(found.get("type", "")):
        found.pop("type", None)
    return found
