"""Searches find customers who were registered before the search column existed."""

from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations, normalized_columns
from heed_common.database import Database
from tests.conftest import NOON

NAMES = ("José", "Jose\u0301", "ＡＣＭＥ", "İstanbul", "Weiße Straße")
CUSTOMER = text("""
    INSERT INTO customer (id, event_id, fingerprint, external_id, kind, name, version, revision, registered_at,
        changed_at)
    VALUES (:id, :id, '', :external_id, 'individual', :name, 1, 1, :at, :at)
""")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_customer", to="0005")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


async def test_customers_from_before_the_migration_are_found_by_texts_that_read_the_same(before, monkeypatch):
    monkeypatch.setattr(normalized_columns, "PAGE", 2)
    rows = [{"id": uuid4(), "name": name, "external_id": None, "at": NOON} for name in NAMES]
    rows[0]["external_id"] = "Shop-1"
    async with before.transaction() as session:
        for row in rows:
            await session.execute(CUSTOMER, row)
    url = before.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_customer")
    async with before.transaction() as session:
        found = dict((await session.execute(text("SELECT name, search_text FROM customer"))).all())
    assert [found[name] for name in NAMES] == ["jose\nshop-1", "jose", "acme", "istanbul", "weisse strasse"]
    await migrations.downgrade(url, "heed_customer", to="0005")
    async with before.transaction() as session:
        assert set(await session.scalars(text("SELECT name FROM customer"))) == set(NAMES)
