"""Data of an earlier version: scores and facts are found in their new tables, and back in the old one."""

from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_scoring.scores import repository, service
from tests.conftest import NOON
from tests.scoring.factories import as_batch, make_merge, make_purchase
from tests.scoring.scores.test_daily_refresh import take_in

BEFORE = "0020"
OLD_COLUMNS = """
    customer_id, facts, facts_version, recorded_at, version, scored_on, model_version, value_amount, potential, loyalty,
    probability, value_at_risk, published_numbers, survivor_id, announced_breaks
"""
OLD_ROWS = text(f"SELECT {OLD_COLUMNS} FROM customer ORDER BY customer_id")  # noqa: S608
NEW_ROWS = text(f"SELECT {OLD_COLUMNS} FROM customer JOIN customer_facts USING (customer_id) ORDER BY customer_id")  # noqa: S608
PUBLISHED = text("""
    SELECT published_value_at_risk, CAST(published_numbers AS json) #>> '{value_at_risk,amount}'
    FROM customer JOIN customer_facts USING (customer_id)
""")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def database(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_scoring")
    database = Database(databases.url(name), pool_size=2)
    yield database
    await database.close()
    await databases.drop(name)


async def rows(database, query):
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(query)]


async def test_scores_facts_and_merges_survive_the_split_and_its_end(database):
    clock, ids = FakeClock(NOON), [UUID(int=number) for number in range(1, 6)]
    await take_in(database, clock, *as_batch([make_purchase(one, days_ago=ago) for one in ids for ago in (60, 30)]))
    await take_in(database, clock, *as_batch([make_merge(ids[0], ids[1])]))
    before = await rows(database, NEW_ROWS)
    assert len([row for row in before if row[-2] is not None]) == 2
    url = database.url.render_as_string(hide_password=False)
    await migrations.downgrade(url, "heed_scoring", to=BEFORE)
    assert await rows(database, OLD_ROWS) == before
    await migrations.upgrade(url, "heed_scoring")
    assert await rows(database, NEW_ROWS) == before
    published = await rows(database, PUBLISHED)
    assert [column and str(column) for column, _ in published] == [shown for _, shown in published]
    async with database.transaction() as session:
        listed = await repository.by_value_at_risk(session, after=None, limit=10)
        assert {row.customer_id for row in listed} == set(ids[1:])
        scores = [await service.score_at(session, customer_id=one, at=None, now=NOON) for one in ids]
    assert [score["customer_id"] for score in scores] == [str(one) for one in (ids[1], *ids[1:])]
