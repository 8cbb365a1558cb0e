"""Schemas of a rebuild: `public` has the tables in use, `rebuild` the rebuilt ones, `replaced` those before the swap.

`use_version` sets which of them a plain table name means, so that the service's own queries serve both versions.
"""

from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_scoring.tables import Alias, Customer, CustomerFacts, Ledger, Table

TABLES = [Table.metadata.tables[table.__tablename__] for table in (Ledger, Customer, CustomerFacts, Alias)]
SET_LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '5s'")

TRY_LOCK = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))")
LOCK = text("SELECT pg_advisory_lock(CAST(:key AS bigint))")
UNLOCK = text("SELECT pg_advisory_unlock(CAST(:key AS bigint))")
SET_SEARCH_PATH = text("SELECT set_config('search_path', :path, true)")
DROP_REBUILT = text("DROP SCHEMA IF EXISTS rebuild CASCADE")
CREATE_SCHEMA = text("CREATE SCHEMA rebuild")
SWAP_STATEMENTS = (
    "LOCK TABLE public.ledger, public.customer, public.customer_facts, public.alias IN ACCESS EXCLUSIVE MODE",
    "DROP SCHEMA IF EXISTS replaced CASCADE",
    "CREATE SCHEMA replaced",
    *(f"ALTER TABLE public.{table.name} SET SCHEMA replaced" for table in TABLES),
    *(f"ALTER TABLE rebuild.{table.name} SET SCHEMA public" for table in TABLES),
    "DROP SCHEMA rebuild",
)
ANALYZE_REBUILT = text("ANALYZE rebuild.ledger, rebuild.customer, rebuild.customer_facts, rebuild.alias")


class Version(StrEnum):
    """The tables in use, and the rebuilt ones, by search path."""

    IN_USE = "public"
    REBUILT = "rebuild, public"


async def acquire_lock(connection: AsyncConnection) -> bool:
    """Return whether no other replay is running."""
    return bool((await connection.execute(TRY_LOCK, {"key": AdvisoryLock.REBUILD})).scalar_one())


async def release_lock(connection: AsyncConnection) -> None:
    await connection.execute(UNLOCK, {"key": AdvisoryLock.REBUILD})


async def block_fits(connection: AsyncConnection) -> None:
    """Wait for the end of a running fit, and keep the worker from starting another until `unblock_fits`."""
    await connection.execute(LOCK, {"key": AdvisoryLock.FIT})


async def unblock_fits(connection: AsyncConnection) -> None:
    await connection.execute(UNLOCK, {"key": AdvisoryLock.FIT})


async def use_version(session: AsyncSession, version: Version) -> None:
    """Set which tables a plain name means, until the end of the transaction."""
    await session.execute(SET_SEARCH_PATH, {"path": version.value})


async def create_tables(session: AsyncSession) -> None:
    """Create empty tables with the same names of indexes and constraints. Drops what an earlier replay left."""
    await session.execute(DROP_REBUILT)
    await session.execute(CREATE_SCHEMA)
    await use_version(session, Version.REBUILT)
    connection = await session.connection()
    await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=TABLES, checkfirst=False))


async def drop_tables(session: AsyncSession) -> None:
    """Drop the rebuilt tables."""
    await session.execute(DROP_REBUILT)


async def analyze_tables(session: AsyncSession) -> None:
    """Analyze the rebuilt tables, so that the first queries after a swap are planned well."""
    await session.execute(ANALYZE_REBUILT)


async def limit_lock_wait(session: AsyncSession) -> None:
    """Fail instead of waiting long for a lock, because other transactions queue behind this one."""
    await session.execute(SET_LOCK_TIMEOUT)


async def swap(session: AsyncSession) -> None:
    """Put the rebuilt tables in use. The previous ones stay in the schema `replaced`."""
    for statement in SWAP_STATEMENTS:
        await session.execute(text(statement))
