"""Facts that were folded before the best answer was stored have it after the migration, from the ledger."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.contracts.survey import Measure
from heed_common.database import Database
from heed_scoring.ledger.facts import fold, from_json, to_json
from tests.conftest import NOON
from tests.scoring.engine.test_churn import row_of
from tests.scoring.factories import make_answer

CUSTOMER = UUID(int=1)
LEDGER = text("""
    INSERT INTO ledger (event_id, place, type, kind, customer_id, known_at, day, units, gross, margin, detail)
    VALUES (:event_id, 0, :type, 'response', :customer_id, :at, :day, 0, 0, 0, CAST(:detail AS jsonb))
""")
INSERT_FACTS = text("INSERT INTO customer (customer_id, facts, facts_version, version) VALUES (:id, :facts, 4, 0)")
FACTS = text("SELECT facts FROM customer_facts")
FACTS_BEFORE = text("SELECT facts FROM customer")
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_scoring", to="0012")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


def as_before(facts, first):
    """The same facts, naming the first answer in the place of the best."""
    stored = json.loads(to_json(facts))
    for items in stored["answers"].values():
        for item in items.values():
            del item["best"]
            item["first"] = first
    return stored


async def test_the_best_answer_is_found_in_the_ledger(before):
    rows = [
        row_of(make_answer(CUSTOMER, Measure.SATISFACTION, level=level, occurred_at=NOON + timedelta(hours=hour)))
        for hour, level in enumerate((3, 9, 9, 5))
    ]
    facts = fold(rows)
    first = [rows[0].detail["answered_at"], str(rows[0].event_id), 3000]
    async with before.transaction() as session:
        for row in rows:
            given = {"event_id": row.event_id, "type": row.type, "customer_id": CUSTOMER, "at": NOON, "day": row.day}
            await session.execute(LEDGER, given | {"detail": json.dumps(row.detail)})
        old = json.dumps(as_before(facts, first))
        await session.execute(INSERT_FACTS, {"id": CUSTOMER, "facts": old})
    url = before.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_scoring")
    async with before.transaction() as session:
        assert from_json(await session.scalar(FACTS)) == facts
    await migrations.downgrade(url, "heed_scoring", to="0012")
    async with before.transaction() as session:
        assert json.loads(await session.scalar(FACTS_BEFORE)) == json.loads(old)
