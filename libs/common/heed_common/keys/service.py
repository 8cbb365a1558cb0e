"""Use cases of API keys: each reads a key in all databases, merges what they have, and writes the result to all."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from heed_common.audit import pending as audit
from heed_common.audit.entries import Entry
from heed_common.auth.api_keys import Token
from heed_common.auth.scopes import TokenInvalid
from heed_common.keys import repository, rules
from heed_common.keys.errors import (
    ExpiryBeyondCaller,
    ExpiryInPast,
    KeyEnded,
    KeyNotFound,
    LastAdminKey,
    NotEverywhere,
    RateBeyondCaller,
    ScopeNotHeld,
)
from heed_common.keys.rules import Grantor, Key, KeyState, NewKey
from heed_common.keys.transactions import CONNECT_SECONDS, UNAVAILABLE, Databases, Transactions, lock_everywhere

CREATED, ROTATED = ("POST /v1/keys", 201), ("POST /v1/keys/{key_id}:rotate", 200)
REVOKED = ("POST /v1/keys/{key_id}:revoke", 200)
"""Actions and statuses in the audit trail, also where the command line does it."""
PLATFORM = "platform"
Change = Callable[[Mapping[str, Key]], Key]
"""Returns the key to write, given all keys by id."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with its secret, which is shown once."""

    key: Key
    token: Token


async def load_key(databases: Databases, id_: str) -> Key | None:
    """Return the key as all reachable databases together have it. Raises `NotEverywhere` if none is reachable."""
    found = await asyncio.gather(*(_load(databases, service, id_) for service in databases), return_exceptions=True)
    _require_one(found)
    present = [key for key in found if isinstance(key, Key)]
    return rules.merge(present) if present else None


async def load_keys(databases: Databases) -> dict[str, Key]:
    """Return all keys by id, as all reachable databases together have them."""
    found = await asyncio.gather(*(_load_all(databases, service) for service in databases), return_exceptions=True)
    _require_one(found)
    return _merge_all(keys for keys in found if isinstance(keys, dict))


async def create_key(databases: Databases, new: NewKey, *, grantor: Grantor, now: datetime) -> Issued:
    """Create a key that can do no more than its grantor. Nothing is written unless all databases are reachable.

    Raises `ScopeNotHeld`, `ExpiryBeyondCaller`, `RateBeyondCaller`, `ExpiryInPast`, `NotEverywhere`.
    """
    _check_grant(new, grantor, now=now)
    token = Token.new()
    created = Key(
        *(token.id, token.secret_hash, new.name, new.scopes, now, grantor.id),
        expires_at=new.expires_at,
        rate_limit=new.rate_limit,
    )
    changed = await _change(databases, lambda _: created, CREATED, grantor=grantor, now=now)
    return Issued(changed, token)


async def rotate_key(databases: Databases, id_: str, *, overlap: timedelta, grantor: Grantor, now: datetime) -> Issued:
    """Give the key another secret; the former one is accepted for the overlap. Its scopes must be the grantor's, too.

    Raises `KeyNotFound`, `KeyEnded`, `ScopeNotHeld`, `ExpiryBeyondCaller`, `RateBeyondCaller`, `NotEverywhere`.
    """
    token = Token.new(id_)

    def rotate(keys: Mapping[str, Key]) -> Key:
        key = _find(keys, id_)
        if key.state(now=now) is not KeyState.ACTIVE:
            raise KeyEnded
        if key.id != grantor.key_id:  # Who gets the secret of another key can do what that key can.
            _check_grant(NewKey(key.name, key.scopes, key.expires_at, key.rate_limit), grantor, now=now)
        until = now + overlap if overlap > timedelta(0) else None
        return rules.rotated(key, token.secret_hash, overlap_until=until)

    return Issued(await _change(databases, rotate, ROTATED, grantor=grantor, now=now), token)


async def revoke_key(
    databases: Databases, id_: str, *, grantor: Grantor, now: datetime, may_lock_out: bool = False
) -> Key:
    """Revoke the key in all reachable databases; repeated calls change nothing.

    Raises `KeyNotFound`, `LastAdminKey`, and `NotEverywhere` if a database has missed it, which `reconcile` repeats.
    """

    def revoke(keys: Mapping[str, Key]) -> Key:
        key = _find(keys, id_)
        if not may_lock_out and rules.is_last_admin(key, keys.values(), now=now):
            raise LastAdminKey
        return rules.revoked(key, now=now)

    return await _change(databases, revoke, REVOKED, grantor=grantor, now=now, is_partial=True)


async def reconcile(databases: Databases) -> list[str]:
    """Write to each database what it has missed. Return the services whose database is unavailable."""
    if await _is_equal_everywhere(databases):
        return []
    async with lock_everywhere(databases) as transactions:
        stored = {service: await repository.load_keys(session) for service, session in transactions.sessions.items()}
        merged = _merge_all(stored.values())
        for service, session in transactions.sessions.items():
            for id_, key in sorted(merged.items()):
                if not _is_same(stored[service].get(id_), key):
                    await repository.save_key(session, key)
    return transactions.failed


def require_all(transactions: Transactions) -> None:
    """Raise `NotEverywhere` unless all databases took part."""
    if transactions.failed:
        raise _not_everywhere(transactions, is_partial=False)


async def _change(
    databases: Databases,
    change: Change,
    operation: tuple[str, int],
    *,
    grantor: Grantor,
    now: datetime,
    is_partial: bool = False,
) -> Key:
    """Write the changed key, and an entry of the audit trail with the same id, in all databases."""
    async with lock_everywhere(databases) as transactions:
        if transactions.failed and not (is_partial and transactions.sessions):
            raise _not_everywhere(transactions, is_partial=False)
        keys = _merge_all([await repository.load_keys(session) for session in transactions.sessions.values()])
        _require_valid(grantor, keys, now=now)
        changed = change(keys)
        entry = Entry(now, grantor.id, *operation, key_id=changed.id, service=PLATFORM)
        for session in transactions.sessions.values():
            await repository.save_key(session, changed)
            audit.record(session, entry)
    if transactions.failed:
        raise _not_everywhere(transactions, is_partial=is_partial)
    return changed


def _check_grant(new: NewKey, grantor: Grantor, *, now: datetime) -> None:
    missing = rules.ungrantable_scopes(new.scopes, grantor)
    if missing:
        raise ScopeNotHeld(f"The caller does not hold: {', '.join(missing)}.", scopes=missing)
    if new.expires_at is not None and new.expires_at <= now:
        raise ExpiryInPast(pointer="/expires_at")
    if rules.outlives(new.expires_at, grantor):
        raise ExpiryBeyondCaller(pointer="/expires_at")
    if rules.exceeds_rate(new.rate_limit, grantor):
        raise RateBeyondCaller(pointer="/rate_limit")


def _require_valid(grantor: Grantor, keys: Mapping[str, Key], *, now: datetime) -> None:
    """Raise `TokenInvalid` for a grantor that has been revoked since it was authenticated."""
    if grantor.key_id is None:
        return
    key = keys.get(grantor.key_id)
    if key is None or key.state(now=now) is not KeyState.ACTIVE:
        raise TokenInvalid


def _find(keys: Mapping[str, Key], id_: str) -> Key:
    if id_ not in keys:
        raise KeyNotFound
    return keys[id_]


async def _load(databases: Databases, service: str, id_: str) -> Key | None:
    async with asyncio.timeout(CONNECT_SECONDS), databases[service].transaction(wakes_jobs=False) as session:
        return await repository.load_key(session, id_)


async def _load_all(databases: Databases, service: str) -> dict[str, Key]:
    async with asyncio.timeout(CONNECT_SECONDS), databases[service].transaction(wakes_jobs=False) as session:
        return await repository.load_keys(session)


async def _is_equal_everywhere(databases: Databases) -> bool:
    try:
        stored = await asyncio.gather(*(_load_all(databases, service) for service in databases))
    except UNAVAILABLE:
        return False
    merged = _merge_all(stored)
    return all(_is_same(keys.get(id_), key) for keys in stored for id_, key in merged.items())


def _is_same(stored: Key | None, merged: Key) -> bool:
    """Return whether the database has that state. Each one has its own last use."""
    return stored is not None and replace(stored, last_used_at=merged.last_used_at) == merged


def _merge_all(stored: Iterable[Mapping[str, Key]]) -> dict[str, Key]:
    by_id: dict[str, list[Key]] = {}
    for keys in stored:
        for id_, key in keys.items():
            by_id.setdefault(id_, []).append(key)
    return {id_: rules.merge(states) for id_, states in by_id.items()}


def _require_one(found: Iterable[object]) -> None:
    """Raise an unexpected error, and `NotEverywhere` if no database has responded."""
    errors = [item for item in found if isinstance(item, BaseException)]
    for error in errors:
        if not isinstance(error, UNAVAILABLE):
            raise error
    if len(errors) == len(list(found)):
        raise NotEverywhere("No database is available.")


def _not_everywhere(transactions: Transactions, *, is_partial: bool) -> NotEverywhere:
    names = ", ".join(sorted(transactions.failed))
    if is_partial:
        text = f"Done, but not yet for {names}, whose database is unavailable; it is repeated until it is done."
    else:
        text = f"The database of {names} is unavailable, and keys are the same in all of them."
    return NotEverywhere(text, services=sorted(transactions.failed))
