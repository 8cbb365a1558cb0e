"""Rights of the role `platform`, with which the platform process reads and writes keys and audits, and nothing else.

Who breaks into that process has all four databases, but neither customers nor complaints in them. Where the cluster has
no such role, the process uses those of the services.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from heed_common.database import Database

ROLE = "platform"
RIGHTS = {
    "api_key": "SELECT, INSERT, UPDATE",
    "audit": "SELECT, INSERT",
    "cursor_key": "SELECT",
}
HAS_ROLE = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")
CONNECT = text(f"""
    DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO {ROLE}', current_database()); END $$
""")


async def grant(url: str) -> None:
    """Grant the rights in the database of a service, as its owner; repeated calls change nothing."""
    database = Database(url, pool_size=1)
    try:
        async with database.autocommit() as connection:
            if (await connection.execute(HAS_ROLE, {"role": ROLE})).scalar_one():
                await _grant(connection)
    finally:
        await database.close()


async def _grant(connection: AsyncConnection) -> None:
    await connection.execute(CONNECT)
    for table, rights in RIGHTS.items():
        await connection.execute(text(f"GRANT {rights} ON {table} TO {ROLE}"))
