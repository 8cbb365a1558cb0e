"""Touchpoints of a customer, counted by channel, article and service point."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.message import CustomerMessageSent
from tests.common.sample_app import make_client, make_token
from tests.conftest import NOON
from tests.customer.events import make_complaint, receive, receive_own
from tests.customer.factories import buy, make_interaction, make_line, merge, register
from tests.scoring.factories import received

pytestmark = pytest.mark.asyncio


async def count(client, customer_id, **params):
    response = await client.get(f"/v1/customers/{customer_id}/touchpoints", params=params)
    assert response.status_code == 200, response.text
    names = ("month", "kind", "value", "count", "cost")
    return [tuple(item[name] for name in names) for item in response.json()["items"]]


async def interact(client, customer_id, **overrides):
    body = make_interaction(customer_id=str(customer_id), **overrides)
    response = await client.post("/v1/interactions", json=body)
    assert response.status_code == 201, response.text


async def record(database, *events):
    async with database.transaction() as session:
        await receive(session, *events)


async def test_touchpoints_are_counted_by_month_kind_and_channel_with_their_cost(client, customer_database):
    ann = await register(client)
    await interact(client, ann, channel="phone", cost="4.50")
    await interact(client, ann, channel="phone", cost="0.25")
    await interact(client, ann, channel="visit", occurred_at="2026-02-20T09:00:00Z", cost=None)
    await buy(client, customer_id=str(ann))
    await receive_own(customer_database)
    sent = CustomerMessageSent(
        occurred_at=NOON, message_id=uuid4(), customer_id=ann, purpose="service", channel="mail", template="welcome"
    )
    await record(customer_database, received(sent), received(make_complaint(ann)))
    assert await count(client, ann) == [
        ("2026-03", "complaint", None, 1, None),
        ("2026-03", "interaction", "phone", 2, "4.7500"),
        ("2026-03", "message_sent", "mail", 1, None),
        ("2026-03", "purchase", None, 1, None),
        ("2026-02", "interaction", "visit", 1, None),
    ]
    assert await count(client, ann, to="2026-03-01T00:00:00Z") == [("2026-02", "interaction", "visit", 1, None)]


async def test_purchases_are_counted_by_article_and_by_service_point(client, customer_database):
    ann = await register(client)
    lines = [make_line(sku="cd-1"), make_line(sku="cd-2")]
    await buy(client, customer_id=str(ann), lines=lines, service_point_id="north")
    await buy(client, customer_id=str(ann), lines=lines[:1], service_point_id="north")
    await buy(client, customer_id=str(ann), lines=lines[1:])
    await receive_own(customer_database)
    by_product = [("2026-03", "purchase", "cd-1", 2, None), ("2026-03", "purchase", "cd-2", 2, None)]
    assert await count(client, ann, by="product") == by_product
    assert await count(client, ann, by="service_point") == [("2026-03", "purchase", "north", 2, None)]


async def test_touchpoints_of_merged_customers_count_together(client, customer_database):
    ann, anna = await register(client), await register(client)
    await record(customer_database, received(make_complaint(ann)), received(make_complaint(anna)))
    await merge(client, anna, into=ann)
    assert await count(client, anna) == await count(client, ann) == [("2026-03", "complaint", None, 2, None)]


async def test_confidential_complaints_count_only_for_callers_who_may_read_them(app, client, customer_database, clock):
    ann = await register(client)
    hidden = make_complaint(ann, confidential=True, occurred_at=NOON - timedelta(days=1))
    await record(customer_database, received(hidden), received(make_complaint(ann)))
    token = await make_token(customer_database, scopes=frozenset({"customers:read"}), now=clock.now())
    async with make_client(app, token) as other:
        assert [row[3] for row in await count(other, ann)] == [1]
    assert sum(row[3] for row in await count(client, ann)) == 2


async def test_an_unknown_dimension_is_refused(client):
    ann = await register(client)
    response = await client.get(f"/v1/customers/{ann}/touchpoints", params={"by": "weather"})
    assert response.status_code == 422
