"""Where the tables lie: in `public` those in use, in `rebuild` those made anew, in `replaced` those that were in use.

`look_at` says which of them a plain name means, so that the service's own queries serve both sides.
"""

from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_scoring.tables import Alias, Customer, Ledger, Table

TABLES = [Table.metadata.tables[kept.__tablename__] for kept in (Ledger, Customer, Alias)]
PATIENCE = text("SET LOCAL lock_timeout = '5s'")

HOLD = text("SELECT pg_try_advisory_lock(CAST(:key AS bigint))")
WAIT_FOR = text("SELECT pg_advisory_lock(CAST(:key AS bigint))")
LET_GO = text("SELECT pg_advisory_unlock(CAST(:key AS bigint))")
LOOK_AT = text("SELECT set_config('search_path', :path, true)")
FORGET = text("DROP SCHEMA IF EXISTS rebuild CASCADE")
MAKE = text("CREATE SCHEMA rebuild")
EXCHANGE = (
    "LOCK TABLE public.ledger, public.customer, public.alias IN ACCESS EXCLUSIVE MODE",
    "DROP SCHEMA IF EXISTS replaced CASCADE",
    "CREATE SCHEMA replaced",
    *(f"ALTER TABLE public.{table.name} SET SCHEMA replaced" for table in TABLES),
    *(f"ALTER TABLE rebuild.{table.name} SET SCHEMA public" for table in TABLES),
    "DROP SCHEMA rebuild",
)
ANALYZE = text("ANALYZE rebuild.ledger, rebuild.customer, rebuild.alias")


class Side(StrEnum):
    """The tables in use, and those made anew."""

    IN_USE = "public"
    MADE = "rebuild, public"


async def hold(connection: AsyncConnection) -> bool:
    """Whether no other replay is under way."""
    return bool((await connection.execute(HOLD, {"key": AdvisoryLock.REBUILD})).scalar_one())


async def let_go(connection: AsyncConnection) -> None:
    await connection.execute(LET_GO, {"key": AdvisoryLock.REBUILD})


async def hold_fits(connection: AsyncConnection, lock: int) -> None:
    """Wait for the end of a running fit, and let the timer begin none until `release_fits`."""
    await connection.execute(WAIT_FOR, {"key": lock})


async def release_fits(connection: AsyncConnection, lock: int) -> None:
    await connection.execute(LET_GO, {"key": lock})


async def look_at(session: AsyncSession, side: Side) -> None:
    """Which tables a plain name means, until the end of the transaction."""
    await session.execute(LOOK_AT, {"path": side.value})


async def make_tables(session: AsyncSession) -> None:
    """Empty ones with the same names of indexes and constraints; what an earlier replay left is dropped."""
    await session.execute(FORGET)
    await session.execute(MAKE)
    await look_at(session, Side.MADE)
    connection = await session.connection()
    await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=TABLES, checkfirst=False))


async def forget(session: AsyncSession) -> None:
    await session.execute(FORGET)


async def analyze(session: AsyncSession) -> None:
    """So that the first queries after an exchange are planned well."""
    await session.execute(ANALYZE)


async def be_patient(session: AsyncSession) -> None:
    """No lock is waited for without end while others wait behind us."""
    await session.execute(PATIENCE)


async def exchange(session: AsyncSession) -> None:
    """The tables made anew take the place of those in use, which stay in the schema `replaced`."""
    for statement in EXCHANGE:
        await session.execute(text(statement))
