"""The model in force before the first fit."""

import pytest
from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from heed_scoring.engine.model import from_json, prior, to_json
from heed_scoring.engine.money import Money

STORED = text("SELECT parameters FROM model WHERE version = 'prior-1'")

pytestmark = pytest.mark.asyncio


async def built_in(database):
    async with database.transaction() as session:
        return (await session.execute(STORED)).scalar_one()


async def test_the_model_of_a_new_database_is_the_built_in_one(scoring_database):
    stored = await built_in(scoring_database)
    assert stored == to_json(prior(Money()))
    assert from_json(stored) == prior(Money())


async def test_it_is_the_same_after_the_way_back_and_forth_through_the_migrations(databases):
    name = await databases.clone("heed_scoring")
    url = databases.url(name)
    await migrations.downgrade(url, "heed_scoring")
    await migrations.upgrade(url, "heed_scoring")
    database = Database(url)
    assert await built_in(database) == to_json(prior(Money()))
    await database.close()
    await databases.drop(name)
