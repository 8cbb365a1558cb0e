"""API keys: which secret is accepted, what a key may grant, and how two states of a key are merged. Pure."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce

ADMIN = "admin:write"
"""The scope that manages keys."""


class KeyState(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as one database has it, or as all of them together do."""

    id: str
    secret_hash: bytes
    name: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime | None = None
    rate_limit: int | None = None
    """Requests a minute; None: no limit."""
    previous_hash: bytes | None = None
    previous_expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    version: int = 1

    def state(self, *, now: datetime) -> KeyState:
        if self.revoked_at is not None:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at is not None and self.expires_at <= now else KeyState.ACTIVE

    def accepts(self, secret_hash: bytes, *, now: datetime) -> bool:
        """Return whether the secret opens the key now. Both hashes are always compared, in constant time."""
        is_current = hmac.compare_digest(self.secret_hash, secret_hash)
        is_previous = hmac.compare_digest(self.previous_hash or bytes(len(secret_hash)), secret_hash)
        overlaps = self.previous_expires_at is not None and now < self.previous_expires_at
        return self.state(now=now) is KeyState.ACTIVE and (is_current or (is_previous and overlaps))


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a caller asks for."""

    name: str
    scopes: frozenset[str]
    expires_at: datetime | None = None
    rate_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Grantor:
    """Who creates or rotates a key, and the limits of what is granted."""

    id: str
    scopes: frozenset[str]
    key_id: str | None = None
    expires_at: datetime | None = None
    """Only of a key: the token of a person ends within minutes, and what it grants does not."""
    rate_limit: int | None = None


def merge(keys: Iterable[Key]) -> Key:
    """Return the state that all databases should have: the highest version, revoked if any of them has it revoked.

    The result depends neither on the order of the databases nor on how often it is merged.
    """
    return reduce(_merge, keys)


def _merge(first: Key, second: Key) -> Key:
    newest = max(first, second, key=_order)
    return replace(
        newest,
        revoked_at=min(_present(first.revoked_at, second.revoked_at), default=None),
        last_used_at=max(_present(first.last_used_at, second.last_used_at), default=None),
    )


def _order(key: Key) -> tuple[object, ...]:
    """Return a total order: equal versions with different content follow a database that missed a change."""
    moments = (key.created_at, key.expires_at, key.previous_expires_at)
    texts = (key.name, key.created_by or "", *(moment.isoformat() if moment else "" for moment in moments))
    hashes = (key.secret_hash, key.previous_hash or b"")
    return (key.version, hashes, sorted(key.scopes), texts, key.rate_limit or 0)


def _present(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]


def ungrantable_scopes(scopes: Iterable[str], grantor: Grantor) -> list[str]:
    """Return the scopes that the grantor does not hold, sorted."""
    return sorted(set(scopes) - grantor.scopes)


def outlives(expires_at: datetime | None, grantor: Grantor) -> bool:
    """Return whether a key that expires then would be valid longer than the grantor's own."""
    return grantor.expires_at is not None and (expires_at is None or expires_at > grantor.expires_at)


def exceeds_rate(rate_limit: int | None, grantor: Grantor) -> bool:
    """Return whether a key with that limit might send more requests than the grantor's own."""
    return grantor.rate_limit is not None and (rate_limit is None or rate_limit > grantor.rate_limit)


def is_last_admin(key: Key, others: Iterable[Key], *, now: datetime) -> bool:
    """Return whether nothing would manage keys for as long as this key would have, if it were revoked."""
    if not _manages(key, now=now):
        return False
    return not any(other.id != key.id and _manages(other, now=now) and _lasts(other, key) for other in others)


def _manages(key: Key, *, now: datetime) -> bool:
    return ADMIN in key.scopes and key.state(now=now) is KeyState.ACTIVE


def _lasts(other: Key, key: Key) -> bool:
    if other.expires_at is None:
        return True
    return key.expires_at is not None and other.expires_at >= key.expires_at


def rotated(key: Key, secret_hash: bytes, *, overlap_until: datetime | None) -> Key:
    """Return the key with another secret. The former one is accepted until then, and no longer than the key is."""
    if overlap_until is None:
        previous_hash = None
    else:
        previous_hash = key.secret_hash
        overlap_until = min(_present(overlap_until, key.expires_at))
    return replace(
        key,
        secret_hash=secret_hash,
        previous_hash=previous_hash,
        previous_expires_at=overlap_until,
        version=key.version + 1,
    )


def revoked(key: Key, *, now: datetime) -> Key:
    """Return the key revoked; the first revocation counts, and no hash of a secret remains usable."""
    return key if key.revoked_at is not None else replace(key, revoked_at=now, version=key.version + 1)
