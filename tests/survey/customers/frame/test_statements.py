"""A batch of events is copied by one statement, however many customers it is about."""

from uuid import uuid4

import pytest

from heed_common import inbox
from heed_survey.handlers import HANDLERS
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.scoring.factories import as_batch, make_purchase
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio
INBOX, TRIGGERS = 1, 1


async def statements_of(database, events):
    with recorded_statements(database) as statements:
        async with database.transaction() as session:
            await inbox.build_batch_handler(HANDLERS)(session, as_batch(events), NOON)
    return statements


@pytest.mark.parametrize("customers", [1, 50])
async def test_purchases_and_scores_take_one_statement_each(survey_database, customers):
    purchases = [make_purchase(uuid4()) for _ in range(customers)]
    assert len(await statements_of(survey_database, purchases)) == INBOX + 1 + TRIGGERS
    assert len(await statements_of(survey_database, [make_score(uuid4()) for _ in range(customers)])) == INBOX + 1
