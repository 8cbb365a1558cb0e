"""Events at the edges of time and money are folded into scores that can be read."""

from decimal import Decimal
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import ComplaintStatus
from heed_scoring import handlers
from tests.edge_values import DECIMALS, MOMENTS_OF_EVENTS, read_everything, rows_not_shown
from tests.scoring.factories import (
    make_complaint,
    make_interaction,
    make_purchase,
    make_registration,
    make_response,
    make_return,
    received,
)

pytestmark = pytest.mark.asyncio


async def test_scores_of_impossible_days_and_amounts_can_be_read(app, client, scoring_database, clock):
    customers = []
    for moment in MOMENTS_OF_EVENTS:
        customer_id = uuid4()
        customers.append(str(customer_id))
        purchases = [make_purchase(customer_id, occurred_at=moment, gross=amount) for amount in DECIMALS]
        complaint = {"occurred_at": moment, "opened_at": moment, "received_at": moment}
        events = [
            make_registration(customer_id, occurred_at=moment),
            *purchases,
            make_purchase(customer_id, currency="XQX", gross="1"),
            make_return(purchases[-1], occurred_at=moment, units=Decimal(1)),
            make_interaction(customer_id, occurred_at=moment, cost=Decimal("999999999.9999")),
            make_response(customer_id, occurred_at=moment),
            make_complaint(customer_id, **complaint, state=ComplaintStatus.RECEIVED),
        ]
        async with scoring_database.transaction() as session:
            await handlers.process_batch(session, [received(event) for event in events], clock=clock)
    shown = (await client.get("/v1/scores")).json()["items"]
    assert {score["customer_id"] for score in shown} == set(customers)
    assert await read_everything(app, client, {"customer_id": customers}) > len(customers)
    assert rows_not_shown(app) == []
