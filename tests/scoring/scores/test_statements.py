"""Reading a score takes one statement, also behind an event that the consumer of this process has committed."""

from uuid import uuid4

import pytest

from heed_common.auth.scopes import SCOPES
from heed_scoring import handlers
from tests.common.sample_app import make_client, make_token
from tests.scoring.factories import make_complaint, make_merge, make_purchase, received
from tests.statements import recorded_statements

pytestmark = pytest.mark.asyncio


async def statements_of(client, resources, customer_id, **params):
    """Return the statements of the second of two reads: the first one loads the token and the model."""
    assert (await client.get(f"/v1/scores/{customer_id}")).status_code == 200
    with recorded_statements(resources.database) as statements:
        response = await client.get(f"/v1/scores/{customer_id}", params=params)
    assert response.status_code == 200
    return statements


async def process(resources, *batch):
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, list(batch), clock=resources.clock)
    resources.signal("heed_scored").notify_of([event.id for event in batch])


async def test_a_score_is_read_by_one_statement(client, resources):
    customer_id, duplicate = uuid4(), uuid4()
    bought, merged = received(make_purchase(customer_id)), received(make_merge(duplicate, customer_id))
    await process(resources, bought)
    assert len(await statements_of(client, resources, customer_id, after=str(bought.id))) == 1
    await process(resources, received(make_purchase(duplicate)), merged)
    assert len(await statements_of(client, resources, duplicate, after=str(merged.id))) == 1


async def test_confidential_complaints_are_looked_up_by_one_more(app, resources):
    customer_id, scopes = uuid4(), SCOPES - {"complaints:confidential:read", "complaints:confidential:write"}
    await process(resources, received(make_purchase(customer_id)), received(make_complaint(customer_id)))
    token = await make_token(resources.database, now=resources.clock.now(), scopes=scopes)
    async with make_client(app, token) as client:
        assert len(await statements_of(client, resources, customer_id)) == 2
