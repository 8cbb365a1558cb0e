"""API keys: `heed_<id>_<secret>`. The database stores only a hash of the secret."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.auth.scopes import Caller, TokenInvalid
from heed_common.clock import Clock
from heed_common.database import Database
from heed_common.tables import API_KEY

CACHE_LIFETIME = timedelta(seconds=5)
"""A revocation takes effect after this time at the latest."""
KEY = re.compile(r"heed_(?P<id>[a-z0-9]{1,64})_(?P<secret>[A-Za-z0-9_-]{32,128})")
DUMMY_HASH = bytes(32)


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

    secret_hash: bytes
    scopes: frozenset[str]
    revoked: bool
    loaded_at: datetime


class APIKeys:
    """The keys of one service's database, each cached for a few seconds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._cache: dict[str, _CachedKey] = {}

    async def authenticate(self, token: Token) -> Caller:
        """Return the caller of the key. Raises `TokenInvalid` if it is unknown or revoked."""
        key = await self._load(token.id)
        # An unknown id takes the same time as a wrong secret.
        is_match = hmac.compare_digest(key.secret_hash if key else DUMMY_HASH, token.secret_hash)
        if key is None or key.revoked or not is_match:
            raise TokenInvalid
        return Caller(f"key:{token.id}", key.scopes)

    async def _load(self, id_: str) -> _CachedKey | None:
        now = self._clock.now()
        cached = self._cache.get(id_)
        if cached is not None and cached.loaded_at <= now < cached.loaded_at + CACHE_LIFETIME:
            return cached
        async with self._database.transaction(wakes_jobs=False) as session:
            row = (await session.execute(select(API_KEY).where(API_KEY.c.id == id_))).one_or_none()
        if row is None:
            self._cache.pop(id_, None)
            return None
        loaded = self._cache[id_] = _CachedKey(row.secret_hash, frozenset(row.scopes), row.revoked_at is not None, now)
        return loaded


async def add_key(session: AsyncSession, token: Token, *, name: str, scopes: Collection[str], now: datetime) -> None:
    """Add the key. An existing key with that id stays unchanged, even if it is revoked or has another secret."""
    await session.execute(
        insert(API_KEY)
        .values(id=token.id, created_at=now, secret_hash=token.secret_hash, name=name, scopes=sorted(scopes))
        .on_conflict_do_nothing()
    )


async def add_scopes(session: AsyncSession, token: Token, scopes: Collection[str]) -> None:
    """Add the scopes that the key lacks, if it is valid."""
    good = (API_KEY.c.id == token.id, API_KEY.c.secret_hash == token.secret_hash, API_KEY.c.revoked_at.is_(None))
    has = await session.scalar(select(API_KEY.c.scopes).where(*good).with_for_update())
    if has is not None and not set(scopes) <= set(has):
        await session.execute(update(API_KEY).where(*good).values(scopes=sorted({*has, *scopes})))


async def key_state(session: AsyncSession, token: Token) -> KeyState:
    """Return the state of the key in this database."""
    row = (await session.execute(select(API_KEY).where(API_KEY.c.id == token.id))).one_or_none()
    if row is None:
        return KeyState.UNKNOWN
    if row.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.GOOD if hmac.compare_digest(row.secret_hash, token.secret_hash) else KeyState.REPLACED


async def replace_secret(session: AsyncSession, token: Token) -> bool:
    """Replace the secret; name and scopes stay. Return False if the key does not exist or is revoked."""
    replaced = await session.scalar(
        update(API_KEY)
        .where(API_KEY.c.id == token.id, API_KEY.c.revoked_at.is_(None))
        .values(secret_hash=token.secret_hash)
        .returning(API_KEY.c.id)
    )
    return replaced is not None


async def revoke_key(session: AsyncSession, id_: str, *, now: datetime) -> bool:
    """Revoke the key; repeated calls change nothing. Return False if it does not exist."""
    found = await session.scalar(
        update(API_KEY)
        .where(API_KEY.c.id == id_)
        .values(revoked_at=func.coalesce(API_KEY.c.revoked_at, now))
        .returning(API_KEY.c.id)
    )
    return found is not None
