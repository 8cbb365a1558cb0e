"""SQL of the replay. Plain table names mean the rebuilt tables, in the schema `rebuild`; `public` has those in use."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.customers.frame.repository import OWN_COLUMNS, PURCHASE_COLUMNS, SCORE_COLUMNS
from heed_survey.customers.frame.tables import FrameCustomer
from heed_survey.tables import Table

TABLES = [Table.metadata.tables[name] for name in ("customer_merge", "customer")]
COLUMNS = [column.name for column in Table.metadata.tables[FrameCustomer.__tablename__].columns]

CREATE_SCHEMA = [text("DROP SCHEMA IF EXISTS rebuild CASCADE"), text("CREATE SCHEMA rebuild")]
CREATE_INBOX = text("CREATE TABLE rebuild.inbox (LIKE public.inbox INCLUDING ALL)")
SET_SEARCH_PATH = text("SELECT set_config('search_path', 'rebuild, public', true)")
RESET_SEARCH_PATH = text("SELECT set_config('search_path', 'public', true)")
DROP_SCHEMA = text("DROP SCHEMA rebuild CASCADE")
# In the order in which the consumer writes to them. Readers are not blocked.
HOLD_CONSUMER = [text(f"LOCK TABLE public.{table.name} IN SHARE ROW EXCLUSIVE MODE") for table in TABLES]
SELECT_PROCESSED = text("SELECT event_id FROM public.inbox WHERE event_id = ANY(CAST(:ids AS uuid[]))")
SELECT_DEAD = text("""
    SELECT event_id FROM public.dead_letter
    WHERE consumer_group = :group AND event_id = ANY(CAST(:ids AS uuid[]))
""")
WRITE_MERGES = text("""
    INSERT INTO public.customer_merge AS in_use (duplicate_id, survivor_id, version)
    SELECT duplicate_id, survivor_id, version FROM rebuild.customer_merge ORDER BY duplicate_id
    ON CONFLICT (duplicate_id) DO UPDATE SET survivor_id = EXCLUDED.survivor_id, version = EXCLUDED.version
    WHERE in_use.version < EXCLUDED.version
""")


def _newest(names: Collection[str], version: str) -> list[str]:
    """Return assignments of a group of columns, of which the newest version stays."""
    is_newer = f"in_use.{version} < EXCLUDED.{version}"
    return [f"{name} = CASE WHEN {is_newer} THEN EXCLUDED.{name} ELSE in_use.{name} END" for name in names]


ASSIGNMENTS = [
    *_newest(OWN_COLUMNS, "version"),
    *_newest(SCORE_COLUMNS, "score_version"),
    "registered_at = coalesce(EXCLUDED.registered_at, in_use.registered_at)",
    *(f"{name} = EXCLUDED.{name}" for name in ("purchases", *PURCHASE_COLUMNS)),
]
DIFFERS = f"""
    in_use.version < EXCLUDED.version OR in_use.score_version < EXCLUDED.score_version
    OR EXCLUDED.registered_at IS NOT NULL AND in_use.registered_at IS DISTINCT FROM EXCLUDED.registered_at
    OR ({", ".join(f"in_use.{name}" for name in ("purchases", *PURCHASE_COLUMNS))})
        IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in ("purchases", *PURCHASE_COLUMNS))})
"""
WRITE_CUSTOMERS = text(f"""
    WITH written AS (
        INSERT INTO public.customer AS in_use ({", ".join(COLUMNS)})
        SELECT {", ".join(COLUMNS)} FROM rebuild.customer ORDER BY id
        ON CONFLICT (id) DO UPDATE SET {", ".join(ASSIGNMENTS)} WHERE {DIFFERS}
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new) AS added, count(*) FILTER (WHERE NOT is_new) AS changed FROM written
""")  # noqa: S608 - of constants


class Written(NamedTuple):
    """Customers of the frame in use that were missing or differed."""

    added: int
    changed: int


async def create_tables(session: AsyncSession) -> None:
    """Create empty tables in a schema of their own, which plain names mean until the transaction ends."""
    for statement in (*CREATE_SCHEMA, CREATE_INBOX, SET_SEARCH_PATH):
        await session.execute(statement)
    connection = await session.connection()
    await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=TABLES, checkfirst=False))


async def hold_consumer(session: AsyncSession) -> None:
    """Wait for the consumer's transaction, and hold the next ones until this one ends."""
    for statement in HOLD_CONSUMER:
        await session.execute(statement)


async def select_processed(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Return the events that the consumer has processed, as far as its inbox goes back."""
    return set(await session.scalars(SELECT_PROCESSED, {"ids": sorted(ids)}))


async def select_dead(session: AsyncSession, ids: Collection[UUID], *, group: str) -> set[UUID]:
    """Return the events that are dead letters."""
    return set(await session.scalars(SELECT_DEAD, {"ids": sorted(ids), "group": group}))


async def count_customers(session: AsyncSession) -> int:
    """Return the number of customers in the topics."""
    return await session.scalar(text("SELECT count(*) FROM rebuild.customer WHERE version > 0")) or 0


async def write(session: AsyncSession) -> Written:
    """Write what is missing from the tables in use, and drop the rebuilt ones."""
    await session.execute(WRITE_MERGES)
    written = (await session.execute(WRITE_CUSTOMERS)).one()
    await session.execute(DROP_SCHEMA)
    await session.execute(RESET_SEARCH_PATH)
    return Written(written.added, written.changed)
