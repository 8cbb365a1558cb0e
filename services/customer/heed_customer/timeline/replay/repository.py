"""SQL of the replay. Plain table names mean the rebuilt tables, in the schema `rebuild`; `public` has those in use."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.read_models.complaints.tables import Complaint
from heed_customer.tables import Table
from heed_customer.timeline.tables import TimelineEntry

TABLES = [Table.metadata.tables[table.__tablename__] for table in (Complaint, TimelineEntry)]
NAMES = ", ".join(f"public.{table.name}" for table in TABLES)
COMPLAINT_COLUMNS, ENTRY_COLUMNS = ([column.name for column in table.columns] for table in TABLES)
COMPARED = [name for name in ENTRY_COLUMNS if name != "event_id"]

DROP_REBUILT = text("DROP SCHEMA IF EXISTS rebuild CASCADE")
CREATE_SCHEMA = text("CREATE SCHEMA rebuild")
SET_SEARCH_PATH = text("SELECT set_config('search_path', 'rebuild, public', true)")
RESET_SEARCH_PATH = text("SELECT set_config('search_path', 'public', true)")
# The consumer writes to the complaints first, so that the order of these locks is its own. Readers are not blocked.
HOLD_CONSUMER = [text(f"LOCK TABLE public.{table.name} IN SHARE ROW EXCLUSIVE MODE") for table in TABLES]
COMPARE = text(f"""
    SELECT count(*) FILTER (WHERE in_use.event_id IS NULL) AS missing,
        count(*) FILTER (WHERE in_use.event_id IS NOT NULL) AS changed
    FROM rebuild.timeline_entry AS rebuilt LEFT JOIN public.timeline_entry AS in_use USING (event_id)
    WHERE ({", ".join(f"rebuilt.{name}" for name in COMPARED)})
        IS DISTINCT FROM ({", ".join(f"in_use.{name}" for name in COMPARED)})
""")  # noqa: S608 - of constants
COPY_COMPLAINTS = text(f"""
    INSERT INTO rebuild.complaint ({", ".join(COMPLAINT_COLUMNS)})
    SELECT {", ".join(COMPLAINT_COLUMNS)} FROM public.complaint
    ON CONFLICT (id) DO UPDATE SET
        {", ".join(f"{name} = EXCLUDED.{name}" for name in COMPLAINT_COLUMNS if name != "id")}
    WHERE rebuild.complaint.version < EXCLUDED.version
""")  # noqa: S608 - of constants
COPY_ENTRIES = text(f"""
    INSERT INTO rebuild.timeline_entry ({", ".join(ENTRY_COLUMNS)})
    SELECT {", ".join(ENTRY_COLUMNS)} FROM public.timeline_entry AS in_use
    WHERE NOT EXISTS (SELECT FROM rebuild.timeline_entry AS rebuilt WHERE rebuilt.event_id = in_use.event_id)
""")  # noqa: S608 - of constants
MOVE_ENTRIES = text("""
    UPDATE rebuild.timeline_entry AS entry SET customer_id = complaint.customer_id
    FROM rebuild.complaint AS complaint
    WHERE entry.complaint_id = complaint.id AND entry.customer_id <> complaint.customer_id
""")
ANALYZE = text("ANALYZE rebuild.complaint, rebuild.timeline_entry")
# Readers queue behind the swap while it waits for others: it gives up instead of waiting long.
SWAP = [
    text("SET LOCAL lock_timeout = '5s'"),
    *(text(f"DROP TABLE public.{table.name}") for table in TABLES),
    *(text(f"ALTER TABLE rebuild.{table.name} SET SCHEMA public") for table in TABLES),
    text("DROP SCHEMA rebuild"),
]


@dataclass(frozen=True, slots=True)
class Differences:
    """How the timeline in use differs from the rebuilt one."""

    entries: int
    """In the rebuilt one, including those that were copied."""
    copied: int
    """Entries whose events the topics do not have: expired ones of scoring, and those since the replay began."""
    missing: int
    """Entries that were only in the rebuilt one."""
    changed: int


async def create_tables(session: AsyncSession) -> None:
    """Create empty tables in a schema of their own, which plain names mean until the transaction ends."""
    await session.execute(DROP_REBUILT)
    await session.execute(CREATE_SCHEMA)
    await session.execute(SET_SEARCH_PATH)
    connection = await session.connection()
    await connection.run_sync(lambda sync: Table.metadata.create_all(sync, tables=TABLES, checkfirst=False))


async def hold_consumer(session: AsyncSession) -> None:
    """Wait for the consumer's transaction, and hold the next ones until this one ends."""
    for statement in HOLD_CONSUMER:
        await session.execute(statement)


async def complete_and_compare(session: AsyncSession) -> Differences:
    """Copy what only the tables in use have, and count the differences."""
    await session.execute(COPY_COMPLAINTS)
    copied = await session.execute(COPY_ENTRIES)
    await session.execute(MOVE_ENTRIES)
    await session.execute(ANALYZE)
    compared = (await session.execute(COMPARE)).one()
    entries = await session.scalar(text("SELECT count(*) FROM rebuild.timeline_entry"))
    return Differences(int(entries or 0), int(getattr(copied, "rowcount", 0)), compared.missing, compared.changed)


async def swap_tables(session: AsyncSession) -> None:
    """Put the rebuilt tables in use."""
    for statement in SWAP:
        await session.execute(statement)
    await session.execute(RESET_SEARCH_PATH)


async def drop_tables(session: AsyncSession) -> None:
    """Drop the rebuilt tables."""
    await session.execute(DROP_REBUILT)
    await session.execute(RESET_SEARCH_PATH)
