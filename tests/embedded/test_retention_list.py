"""docs/retention.md lists every table of the four services and of the log; a new table without a line fails here."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from heed.gateway import SERVICES
from heed_common.broker.postgres.bus import PostgresBus
from heed_common.database import Database
from heed_common.retention import platform_purges
from heed_complaint.intake import retention as intake
from heed_customer.imports.processing import retention as imports
from heed_customer.reach import retention as reach
from tests.common.sample_app import make_settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "retention.md"
LINE = re.compile(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
TABLES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
PURGED = {
    "platform": platform_purges(make_settings()),
    "customer": {**imports.purges(days=90), **reach.purges()},
    "complaint": intake.purges(receipt_days=730),
}
"""Tables that housekeeping purges, by section of the page."""


def sections():
    """Return the retention of each table, by section of the page."""
    parts = re.split(r"^## ", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]
    found = {
        part.split(maxsplit=1)[0].lower(): {name: retention for name, _, retention in LINE.findall(part)}
        for part in parts
    }
    assert {"platform", "log", *SERVICES} <= found.keys()
    return found


async def tables_of(url):
    database = Database(url, pool_size=2)
    try:
        async with database.transaction() as session:
            return set((await session.execute(TABLES)).scalars()) - {"alembic_version"}
    finally:
        await database.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("service", SERVICES)
async def test_each_table_of_a_service_has_a_line_and_each_line_a_table(databases, service):
    name = await databases.clone(f"heed_{service}")
    listed = sections()
    assert await tables_of(databases.url(name)) == listed[service].keys() | listed["platform"].keys()
    await databases.drop(name)


@pytest.mark.asyncio
async def test_each_table_of_the_embedded_log_has_a_line(databases):
    name = await databases.empty()
    bus = PostgresBus(Database(databases.url(name), pool_size=2))
    await bus.apply_topics({})
    await bus.close()
    assert await tables_of(databases.url(name)) == sections()["log"].keys()
    await databases.drop(name)


@pytest.mark.parametrize("section", sorted(PURGED))
def test_tables_purged_by_housekeeping_are_not_listed_as_permanent(section):
    lines = sections()[section]
    for table in PURGED[section]:
        assert "for ever" not in lines[table]
        assert re.search(r"\d+ (minutes|hours|days)", lines[table])
