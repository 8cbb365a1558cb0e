"""Complaints corrected before there was a limit have the same partition key, and their corrections are counted."""

from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from tests.conftest import NOON

COMPLAINT = text("""
    INSERT INTO complaint (id, fingerprint, event_id, customer_id, former_customer_ids, channel, category, severity,
        description, occurred_at, received_at, currency, state, opened_at)
    VALUES (:id, '', :id, :customer_id, :former, 'phone', 'product', 'major', '', :at, :at, 'USD', 'received', :at)
""")
KEPT = text("""
    SELECT opening_customer_id, former_customer_ids, customer_corrections FROM complaint WHERE customer_id = :id
""")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_complaint", to="0013")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


@pytest.mark.parametrize(
    ("former", "expected"),
    [
        ([], (None, [], 0)),
        ([1], (1, [], 1)),
        ([1, 2], (1, [2], 2)),
        ([1, 9, 2], (1, [2], 3)),
        (list(range(1, 9)), (1, [6, 7, 8], 8)),
    ],
)
async def test_the_first_stays_the_key_and_the_last_three_are_named(before, former, expected):
    customer_id = UUID(int=9)
    params = {"id": uuid4(), "customer_id": customer_id, "former": [UUID(int=each) for each in former], "at": NOON}
    async with before.transaction() as session:
        await session.execute(COMPLAINT, params)
    url = before.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_complaint")
    async with before.transaction() as session:
        opening, last, corrections = (await session.execute(KEPT, {"id": customer_id})).one()
    assert (opening and opening.int, [each.int for each in last], corrections) == expected
    await migrations.downgrade(url, "heed_complaint", to="0013")
    async with before.transaction() as session:
        (again,) = (await session.execute(text("SELECT former_customer_ids FROM complaint"))).one()
    assert again[:1] == params["former"][:1]
