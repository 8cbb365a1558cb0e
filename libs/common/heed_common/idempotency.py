"""A POST under an Idempotency-Key has its effect once, however often it is sent.

The response is stored in the transaction of the write itself: whenever the process dies, either both exist or neither.
An advisory lock rejects a second request at the same moment, because a second insert would wait.
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

RETENTION = timedelta(hours=24)
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
class IdempotencyScope:
    """The scope of a key: with another caller, method or path it is a different key."""

    caller: str
    method: str
    path: str
    key: str

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise IdempotencyKeyInvalid


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes


async def lock(session: AsyncSession, scope: IdempotencyScope) -> None:
    """Lock the scope until the transaction ends. Raises `IdempotencyInFlight` if another request holds the lock."""
    digest = hashlib.sha256("\n".join((scope.caller, scope.method, scope.path, scope.key)).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise IdempotencyInFlight


async def load(session: AsyncSession, scope: IdempotencyScope, *, now: datetime) -> tuple[StoredResponse, bytes] | None:
    """Load the first response and the hash of its request, in a separate statement after the lock has been taken."""
    stored = IDEMPOTENCY.c
    row = (
        await session.execute(
            select(stored.status, stored.headers, stored.body, stored.body_hash).where(
                _has_scope(scope), stored.created_at > now - RETENTION
            )
        )
    ).one_or_none()
    return None if row is None else (StoredResponse(row.status, row.headers, row.body), row.body_hash)


async def save(
    session: AsyncSession, scope: IdempotencyScope, response: StoredResponse, *, body_hash: bytes, now: datetime
) -> None:
    """Save the response for a day; an expired one is overwritten."""
    values = {
        "body_hash": body_hash,
        "status": response.status,
        "headers": response.headers,
        "body": response.body,
        "created_at": now,
    }
    await session.execute(
        insert(IDEMPOTENCY)
        .values(caller=scope.caller, method=scope.method, path=scope.path, key=scope.key, **values)
        .on_conflict_do_update(constraint=IDEMPOTENCY.primary_key, set_=values)
    )


def _has_scope(scope: IdempotencyScope) -> ColumnElement[bool]:
    stored = IDEMPOTENCY.c
    return and_(
        stored.caller == scope.caller, stored.method == scope.method, stored.path == scope.path, stored.key == scope.key
    )
