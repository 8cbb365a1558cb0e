"""The copies of customers: a batch of events costs one statement for each table, however many customers it is about."""

from uuid import uuid4

import pytest

from tests.complaint.factories.events import make_score, take_in
from tests.scoring.factories import make_purchase
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
INBOX = 1


async def statements_of(database, events):
    with recorded_statements(database) as statements:
        async with database.transaction() as session:
            await take_in(session, *events)
    return statements


@pytest.mark.parametrize("customers", [1, 50])
async def test_purchases_take_one_statement(complaint_database, customers):
    events = [make_purchase(uuid4()) for _ in range(customers)]
    assert len(await statements_of(complaint_database, events)) == INBOX + 1


@pytest.mark.parametrize("customers", [1, 50])
async def test_scores_take_one_statement_and_another_for_outdated_forecasts(complaint_database, customers):
    ids = [uuid4() for _ in range(customers)]
    first = await statements_of(complaint_database, [make_score(id_) for id_ in ids])
    members, open_complaints = 1, 1
    assert len(first) == INBOX + 2 + members + open_complaints, "a tier that becomes known may move deadlines"
    assert len(await statements_of(complaint_database, [make_score(id_) for id_ in ids])) == INBOX + 2
