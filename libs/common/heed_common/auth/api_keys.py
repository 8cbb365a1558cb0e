"""API keys: `heed_<id>_<secret>`. The database stores only a hash of the secret."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth.scopes import KEY_CALLER, Caller, TokenInvalid
from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.keys import repository
from heed_common.keys.repository import KEYS_CHANGED
from heed_common.keys.rules import Key
from heed_common.keys.uses import KeyUses
from heed_common.signals import Signal

CACHE_LIFETIME = timedelta(seconds=5)
"""A revocation takes effect after this time at the latest, and at once where its announcement arrives."""
KEY = re.compile(r"heed_(?P<id>[a-z0-9]{1,64})_(?P<secret>[A-Za-z0-9_-]{32,128})")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NO_KEY = Key("", bytes(32), "", frozenset(), LONG_AGO, revoked_at=LONG_AGO)
"""Compared with the secret of an unknown id."""

LoadKey = Callable[[str], Awaitable[Key | None]]
"""Returns the key with that id."""


@dataclass(frozen=True, slots=True)
class Token:
    """A key with its secret."""

    id: str
    secret: str

    @classmethod
    def new(cls, id_: str | None = None) -> Self:
        return cls(id_ or secrets.token_hex(8), secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the key, or None if the text has another format."""
        match = KEY.fullmatch(text)
        return None if match is None else cls(match["id"], match["secret"])

    @property
    def secret_hash(self) -> bytes:
        """Return the hash of the secret. A plain hash is enough for 256 random bits."""
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"heed_{self.id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Token({self.id!r})"


class KeyState(StrEnum):
    """Whether a key is accepted, and if not, why."""

    GOOD = "good"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    REPLACED = "replaced"
    """The key with that id has a different secret."""


@dataclass(frozen=True, slots=True)
class _CachedKey:
    """The stored state of a key, and when it was loaded."""

    key: Key
    loaded_at: datetime
    changes: int
    """Announced changes of keys until then."""

    def is_fresh(self, now: datetime, *, changes: int, lifetime: timedelta) -> bool:
        return self.changes == changes and self.loaded_at <= now < self.loaded_at + lifetime


class APIKeys:
    """The keys that a process accepts, each cached for a few seconds, or until a change of keys is announced."""

    def __init__(
        self,
        load: LoadKey,
        clock: Clock,
        *,
        changed: Signal | None = None,
        cache_for: timedelta = CACHE_LIFETIME,
    ) -> None:
        self._load_key = load
        self._clock = clock
        self._changed = changed or Signal(KEYS_CHANGED)
        self.uses = KeyUses()
        self._cache_for = cache_for
        self._cache: dict[str, _CachedKey] = {}

    @classmethod
    def of_database(cls, database: Database, clock: Clock, *, changed: Signal | None = None) -> Self:
        """Return the keys in the database of one service."""

        async def load(id_: str) -> Key | None:
            async with database.transaction(wakes_jobs=False) as session:
                return await repository.load_key(session, id_)

        return cls(load, clock, changed=changed)

    async def authenticate(self, token: Token) -> Caller:
        """Return the caller of the key. Raises `TokenInvalid` if it is unknown, revoked or expired."""
        key, now = await self._load(token.id), self._clock.now()
        # An unknown id takes the same time as a wrong secret.
        if not (key or NO_KEY).accepts(token.secret_hash, now=now) or key is None:
            error = TokenInvalid()
            error.key_id = None if key is None else key.id
            raise error
        self.uses.record(key.id, now)
        return Caller(f"{KEY_CALLER}{key.id}", key.scopes, key.name, key.expires_at, key.rate_limit)

    async def _load(self, id_: str) -> Key | None:
        now, changes = self._clock.now(), self._changed.count
        cached = self._cache.get(id_)
        if cached is not None and cached.is_fresh(now, changes=changes, lifetime=self._cache_for):
            return cached.key
        key = await self._load_key(id_)
        if key is None:
            self._cache.pop(id_, None)
            return None
        self._cache[id_] = _CachedKey(key, now, changes)
        return key


async def add_key(session: AsyncSession, token: Token, *, name: str, scopes: Collection[str], now: datetime) -> None:
    """Add the key. An existing key with that id stays unchanged, even if it is revoked or has another secret."""
    if await repository.load_key(session, token.id) is None:
        await repository.save_key(session, Key(token.id, token.secret_hash, name, frozenset(scopes), now))


async def add_scopes(session: AsyncSession, token: Token, scopes: Collection[str], *, now: datetime) -> None:
    """Add the scopes that the key lacks, if it is valid."""
    key = await repository.load_key(session, token.id)
    if key is not None and key.accepts(token.secret_hash, now=now) and not key.scopes.issuperset(scopes):
        await repository.save_key(session, replace(key, scopes=key.scopes.union(scopes), version=key.version + 1))


async def key_state(session: AsyncSession, token: Token) -> KeyState:
    """Return the state of the key in this database."""
    key = await repository.load_key(session, token.id)
    if key is None:
        return KeyState.UNKNOWN
    if key.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.GOOD if hmac.compare_digest(key.secret_hash, token.secret_hash) else KeyState.REPLACED
