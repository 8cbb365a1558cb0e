"""A POST under an Idempotency-Key has its effect once, however often it is sent.

The answer is kept in the transaction of the write itself: either both are there or neither is, whenever the process
dies. Two of a kind at the same moment are told apart by an advisory lock, because a second insert would wait.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.errors import BadRequest, Conflict, Unprocessable
from heed_common.tables import IDEMPOTENCY

KEPT_FOR = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyInvalid(BadRequest):
    code, title = "idempotency_key_invalid", "An Idempotency-Key has 1 to 255 visible ASCII characters."


class IdempotencyInFlight(Conflict):
    code, title = "idempotency_in_flight", "The same request is being worked on at this moment."


class IdempotencyKeyReused(Unprocessable):
    code, title = (
        "idempotency_key_reused",
        "This Idempotency-Key belongs to a request with other content or another query.",
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """What a key is scoped to."""

    caller: str
    method: str
    path: str
    key: str

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise IdempotencyKeyInvalid


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


async def claim(session: AsyncSession, slot: Slot) -> None:
    """Holds the slot until the transaction ends. Raises `IdempotencyInFlight` if somebody else holds it."""
    digest = hashlib.sha256("\n".join((slot.caller, slot.method, slot.path, slot.key)).encode()).digest()
    lock = int.from_bytes(digest[:8], "big", signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        raise IdempotencyInFlight


async def find(session: AsyncSession, slot: Slot, *, now: datetime) -> tuple[Answer, bytes] | None:
    """The answer of the first time and the hash of its request. A statement of its own, after the lock was got."""
    kept = IDEMPOTENCY.c
    row = (
        await session.execute(
            select(kept.status, kept.headers, kept.body, kept.body_hash).where(
                _is(slot), kept.created_at > now - KEPT_FOR
            )
        )
    ).one_or_none()
    return None if row is None else (Answer(row.status, row.headers, row.body), row.body_hash)


async def keep(session: AsyncSession, slot: Slot, answer: Answer, *, body_hash: bytes, now: datetime) -> None:
    """Keeps the answer for a day; one that has outlived its day is written over."""
    values = {
        "body_hash": body_hash,
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body,
        "created_at": now,
    }
    await session.execute(
        insert(IDEMPOTENCY)
        .values(caller=slot.caller, method=slot.method, path=slot.path, key=slot.key, **values)
        .on_conflict_do_update(constraint=IDEMPOTENCY.primary_key, set_=values)
    )


def _is(slot: Slot) -> ColumnElement[bool]:
    kept = IDEMPOTENCY.c
    return and_(kept.caller == slot.caller, kept.method == slot.method, kept.path == slot.path, kept.key == slot.key)
