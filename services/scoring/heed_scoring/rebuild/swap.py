"""Where the tables lie: in `public` those in use, in `rebuild` those made anew, in `replaced` those that were in use.

`look_at` says which of them a plain name means, so that the service's own queries serve both sides.
"""

from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_scoring.tables import Alias, Customer, Ledger, Table

TABLES = [Table.metadata.tables[kept.__tablename__] for kept in (Ledger, Customer, Alias)]
REPLAY_LOCK = 0x48454544_0110
SET_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '5s'")

TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")
LOCK = text("SELECT pg_advisory_lock(:key)")
UNLOCK = text("SELECT pg_advisory_unlock(:key)")
SET_SEARCH_PATH = text("SELECT set_config('search_path', :path, true)")
DROP_SHADOW = text("DROP SCHEMA IF EXISTS rebuild CASCADE")
CREATE_SHADOW = text("CREATE SCHEMA rebuild")
SWAP_STATEMENTS = (
    "LOCK TABLE public.ledger, public.customer, public.alias IN ACCESS EXCLUSIVE MODE",
    "DROP SCHEMA IF EXISTS replaced CASCADE",
    "CREATE SCHEMA replaced",
    *(f"ALTER TABLE public.{table.name} SET SCHEMA replaced" for table in TABLES),
    *(f"ALTER TABLE rebuild.{table.name} SET SCHEMA public" for table in TABLES),
    "DROP SCHEMA rebuild",
)
ANALYZE_SHADOW = text("ANALYZE rebuild.ledger, rebuild.customer, rebuild.alias")


class Version(StrEnum):
    """The tables in use, and those made anew."""

    IN_USE = "public"
    MADE = "rebuild, public"


async def acquire_lock(connection: AsyncConnection) -> bool:
    """Whether no other replay is under way."""
    return bool((await connection.execute(TRY_LOCK, {"key": REPLAY_LOCK})).scalar_one())


async def release_lock(connection: AsyncConnection) -> None:
    await connection.execute(UNLOCK, {"key": REPLAY_LOCK})


async def block_fits(connection: AsyncConnection, lock: int) -> None:
    """Wait for the end of a running fit, and let the timer begin none until `release_fits`."""
    await connection.execute(LOCK, {"key": lock})


async def unblock_fits(connection: AsyncConnection, lock: int) -> None:
    await connection.execute(UNLOCK, {"key": lock})


async def use_version(session: AsyncSession, side: Version) -> None:
    """Which tables a plain name means, until the end of the transaction."""
    await session.execute(SET_SEARCH_PATH, {"path": side.value})


async def create_shadow(session: AsyncSession) -> None:
    """Empty ones with the same names of indexes and constraints; what an earlier replay left is dropped."""
    await session.execute(DROP_SHADOW)
    await session.execute(CREATE_SHADOW)
    await use_version(session, Version.MADE)
    connection = await session.connection()
    await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=TABLES, checkfirst=False))


async def drop_shadow(session: AsyncSession) -> None:
    await session.execute(DROP_SHADOW)


async def analyze_shadow(session: AsyncSession) -> None:
    """So that the first queries after an exchange are planned well."""
    await session.execute(ANALYZE_SHADOW)


async def limit_lock_wait(session: AsyncSession) -> None:
    """No lock is waited for without end while others wait behind us."""
    await session.execute(SET_LOCK_TIMEOUT)


async def swap(session: AsyncSession) -> None:
    """The tables made anew take the place of those in use, which stay in the schema `replaced`."""
    for statement in SWAP_STATEMENTS:
        await session.execute(text(statement))
