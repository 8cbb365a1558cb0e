"""SQL of API keys in the database of one service."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import advisory_locks
from heed_common.advisory_locks import AdvisoryLock
from heed_common.database import Database
from heed_common.keys.rules import Key
from heed_common.notifications import CHANNEL
from heed_common.tables import API_KEY

KEYS_CHANGED = "heed_keys"
"""Signal on which the processes of a service read their keys again."""
UNCOPIED = ("last_used_at",)
"""Each service records its own."""
RECORD_USES = text("""
    UPDATE api_key SET last_used_at = used.at
    FROM unnest(CAST(:ids AS text[]), CAST(:moments AS timestamptz[])) AS used(id, at)
    WHERE api_key.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)
""")
NOTIFY = text("SELECT pg_notify(:channel, :payload)")


async def lock_keys(session: AsyncSession) -> None:
    """Wait until no other transaction changes keys in this database."""
    await advisory_locks.lock(session, AdvisoryLock.KEYS)


async def load_key(session: AsyncSession, id_: str) -> Key | None:
    row = (await session.execute(select(API_KEY).where(API_KEY.c.id == id_))).one_or_none()
    return None if row is None else _to_key(row)


async def load_keys(session: AsyncSession) -> dict[str, Key]:
    """Return all keys by id."""
    return {row.id: _to_key(row) for row in await session.execute(select(API_KEY))}


async def save_key(session: AsyncSession, key: Key) -> None:
    """Insert the key, or replace what is stored of it."""
    values = {column.name: getattr(key, column.name) for column in API_KEY.c if column.name not in UNCOPIED}
    statement = insert(API_KEY).values(values | {"scopes": sorted(key.scopes)})
    changed = {name: statement.excluded[name] for name in values if name != "id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


async def record_uses(session: AsyncSession, uses: Mapping[str, datetime]) -> None:
    """Record the last use of each key."""
    ids = sorted(uses)  # Every process takes the row locks in the same order.
    await session.execute(RECORD_USES, {"ids": ids, "moments": [uses[id_] for id_ in ids]})


async def announce(database: Database) -> None:
    """Let the running processes of the service read their keys again, after the commit."""
    async with database.autocommit() as connection:
        await connection.execute(NOTIFY, {"channel": CHANNEL, "payload": KEYS_CHANGED})


def _to_key(row: Row[tuple[object, ...]]) -> Key:
    values = dict(row._mapping)
    return Key(**{**values, "scopes": frozenset(row.scopes)})
