"""A batch of events becomes timeline and scores by one statement each, however many customers it is about."""

from uuid import uuid4

import pytest

from heed_customer.handlers import process_batch
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.scoring.factories import as_batch, make_purchase
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
INBOX, TIMELINE = 1, 1


async def statements_of(database, events):
    with recorded_statements(database) as statements:
        async with database.transaction() as session:
            await process_batch(session, as_batch(events), NOON)
    return statements


@pytest.mark.parametrize("customers", [1, 50])
async def test_purchases_and_scores_take_few_statements(customer_database, customers):
    purchases = [make_purchase(uuid4()) for _ in range(customers)]
    assert len(await statements_of(customer_database, purchases)) == INBOX + TIMELINE
    scores = [make_score(uuid4()) for _ in range(customers)]
    assert len(await statements_of(customer_database, scores)) == INBOX + TIMELINE + 1
