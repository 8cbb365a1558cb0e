"""A POST under an Idempotency-Key has its effect once, however often it is sent.

The response is stored in the transaction of the write itself: whenever the process dies, either both exist or neither.
An advisory lock rejects a second request at the same moment, because a second insert would wait.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import driver
from heed_common.errors import BadRequest, Conflict, Unprocessable

RETENTION = timedelta(hours=24)
KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyInvalid(BadRequest):
    code, title = "idempotency_key_invalid", "An Idempotency-Key has 1 to 255 visible ASCII characters."
    advice = "Send a random key of visible ASCII characters, such as a UUID."


class IdempotencyInFlight(Conflict):
    code, title = "idempotency_in_flight", "The same request is being worked on at this moment."
    advice = "Wait a second and send the same request with the same key: it answers what the first one did."


class IdempotencyKeyReused(Unprocessable):
    code, title = (
        "idempotency_key_reused",
        "This Idempotency-Key belongs to a request with other content or another query.",
    )
    advice = "Use a new key for each request; repeat a request only with its own body and query."


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


SELECT_LOCKED = text("""
    SELECT number FROM unnest(CAST(:numbers AS bigint[])) AS row(number) WHERE pg_try_advisory_xact_lock(number)
""")
SELECT_STORED = text("""
    SELECT caller, method, path, key, status, headers, body, body_hash
    FROM unnest(CAST(:callers AS text[]), CAST(:methods AS text[]), CAST(:paths AS text[]), CAST(:keys AS text[]))
        AS row(caller, method, path, key)
    JOIN idempotency USING (caller, method, path, key)
    WHERE created_at > CAST(:since AS timestamptz)
""")
UPSERT_STORED = text("""
    INSERT INTO idempotency (caller, method, path, key, body_hash, status, headers, body, created_at)
    SELECT caller, method, path, key, body_hash, status, CAST(headers AS jsonb), body, CAST(:now AS timestamptz)
    FROM unnest(
        CAST(:callers AS text[]), CAST(:methods AS text[]), CAST(:paths AS text[]), CAST(:keys AS text[]),
        CAST(:body_hashes AS bytea[]), CAST(:statuses AS smallint[]), CAST(:headers AS text[]), CAST(:bodies AS bytea[])
    ) AS row(caller, method, path, key, body_hash, status, headers, body)
    ORDER BY caller, method, path, key
    ON CONFLICT (caller, method, path, key) DO UPDATE SET
        body_hash = EXCLUDED.body_hash, status = EXCLUDED.status, headers = EXCLUDED.headers, body = EXCLUDED.body,
        created_at = EXCLUDED.created_at
""")

StoredRequest = tuple[StoredResponse, bytes]
"""A stored response and the hash of its request."""


async def lock(session: AsyncSession, scope: IdempotencyScope) -> None:
    """Lock the scope until the transaction ends. Raises `IdempotencyInFlight` if another request holds the lock."""
    if not await lock_all(session, [scope]):
        raise IdempotencyInFlight


async def lock_all(session: AsyncSession, scopes: Sequence[IdempotencyScope]) -> set[IdempotencyScope]:
    """Lock the scopes until the transaction ends; return those that no other request has locked."""
    numbers = {_lock_number(scope): scope for scope in scopes}
    rows = await driver.fetch(session, SELECT_LOCKED, {"numbers": sorted(numbers)})
    return {numbers[number] for (number,) in rows}


async def load(session: AsyncSession, scope: IdempotencyScope, *, now: datetime) -> StoredRequest | None:
    """Load the first response and the hash of its request, in a separate statement after the lock has been taken."""
    return (await load_all(session, [scope], now=now)).get(scope)


async def load_all(
    session: AsyncSession, scopes: Collection[IdempotencyScope], *, now: datetime
) -> dict[IdempotencyScope, StoredRequest]:
    """Load the responses that are stored for the scopes."""
    rows = await driver.fetch(session, SELECT_STORED, _columns(scopes) | {"since": now - RETENTION})
    return {
        IdempotencyScope(caller, method, path, key): (StoredResponse(status, headers, body), body_hash)
        for caller, method, path, key, status, headers, body, body_hash in rows
    }


async def save(
    session: AsyncSession, scope: IdempotencyScope, response: StoredResponse, *, body_hash: bytes, now: datetime
) -> None:
    """Save the response for a day; an expired one is overwritten."""
    await save_all(session, {scope: (response, body_hash)}, now=now)


async def save_all(session: AsyncSession, stored: Mapping[IdempotencyScope, StoredRequest], *, now: datetime) -> None:
    """Save the responses of many scopes in one statement."""
    responses = [response for response, _ in stored.values()]
    await driver.fetch(
        session,
        UPSERT_STORED,
        _columns(stored)
        | {
            "body_hashes": [body_hash for _, body_hash in stored.values()],
            "statuses": [response.status for response in responses],
            "headers": [json.dumps(response.headers) for response in responses],
            "bodies": [response.body for response in responses],
            "now": now,
        },
    )


def _lock_number(scope: IdempotencyScope) -> int:
    digest = hashlib.sha256("\n".join((scope.caller, scope.method, scope.path, scope.key)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _columns(scopes: Iterable[IdempotencyScope]) -> dict[str, object]:
    callers, methods, paths, keys = zip(
        *((scope.caller, scope.method, scope.path, scope.key) for scope in scopes), strict=True
    )
    return {"callers": callers, "methods": methods, "paths": paths, "keys": keys}
