"""The probe of writes writes, and not at every question."""

import pytest
from sqlalchemy import text

from heed_common.health import NotReady
from heed_common.write_probe import PROBE_SECONDS, accepts_writes

pytestmark = pytest.mark.asyncio

WRITTEN_AT = text("SELECT at FROM write_probe")


async def written_at(database):
    async with database.transaction() as session:
        return await session.scalar(WRITTEN_AT)


async def refuse_writes(database, *, sqlstate):
    """From here on the row cannot be written, for this reason."""
    async with database.autocommit() as connection:
        await connection.execute(
            text(f"""
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$
            """)
        )
        await connection.execute(
            text("CREATE TRIGGER refuse BEFORE UPDATE ON write_probe FOR EACH ROW EXECUTE FUNCTION refuse()")
        )


async def test_it_writes_at_most_every_few_seconds(platform_database):
    at = 100.0
    check = accepts_writes(platform_database, monotonic=lambda: at)
    await check()
    first = await written_at(platform_database)
    at += PROBE_SECONDS - 0.1
    await check()
    assert await written_at(platform_database) == first
    at += 0.1
    await check()
    assert await written_at(platform_database) > first


@pytest.mark.parametrize(("sqlstate", "reason"), [("53100", "full"), ("25006", "read-only")])
async def test_the_reason_for_failing_writes_is_reported_until_it_is_gone(platform_database, sqlstate, reason):
    at = 100.0
    check = accepts_writes(platform_database, monotonic=lambda: at)
    await refuse_writes(platform_database, sqlstate=sqlstate)
    for _ in range(2):
        with pytest.raises(NotReady, match=reason):
            await check()
    async with platform_database.autocommit() as connection:
        await connection.execute(text("DROP TRIGGER refuse ON write_probe"))
    at += PROBE_SECONDS
    await check()
