"""Complaints that were reopened before the migration lose their old resolution and stay in the queue."""

from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from tests.conftest import NOON

INSERT_COMPLAINT = text("""
    INSERT INTO complaint (id, fingerprint, event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, currency, state, opened_at, resolution)
    VALUES (:id, '', :id, :id, 'phone', 'product', 'major', '', :at, :at, 'USD', :state, :at, 'Replaced')
""")
INSERT_PLACE = text("""
    INSERT INTO place (complaint_id, state, to_do, confidential, counts_until, weight, key)
    VALUES (:id, :state, true, false, :at, 1, 0)
""")
SELECT_COMPLAINTS = text("SELECT state, resolution, customer_wrote_at FROM complaint ORDER BY state")
SELECT_POLICY = text("SELECT on_message_after_completion, reopen_within = interval '30 days' FROM callback_policy")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_complaint", to="0015")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


async def test_reopened_complaints_lose_their_resolution_and_completed_ones_do_not(before):
    url = before.url.render_as_string(hide_password=False)
    async with before.transaction() as session:
        for state in ("accepted", "completed"):
            row = {"id": uuid4(), "state": state, "at": NOON}
            await session.execute(INSERT_COMPLAINT, row)
            await session.execute(INSERT_PLACE, row)
    await migrations.upgrade(url, "heed_complaint")
    async with before.transaction() as session:
        found = (await session.execute(SELECT_COMPLAINTS)).all()
        assert (await session.execute(SELECT_POLICY)).one() == ("reopen", True)
    assert found == [("accepted", None, None), ("completed", "Replaced", None)]
    await migrations.downgrade(url, "heed_complaint", to="0015")
    async with before.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM place")) == 2
