from uuid import uuid4

import pytest

from heed_customer.subscriptions.delivery.jobs import WebhookDelivery
from tests.customer.subscriptions.conftest import delivering
from tests.customer.subscriptions.publishing import make_interaction, make_opened, publish
from tests.webhook_receiver import Received, receiver

pytestmark = pytest.mark.asyncio
assert WebhookDelivery


async def test_events_are_delivered_signed_and_as_they_are_in_the_topic(resources, bus, create_webhook):
    async with receiver() as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        ids = await publish(bus, *(make_interaction(uuid4()) for _ in range(5)), make_opened(uuid4()))
        await shop.wait_for(lambda shop: len(shop.accepted) >= 5)
        assert sorted(shop.accepted_ids()) == sorted(ids[:5])
        assert shop.forged == 0
        assert {request.event["id"] for request in shop.accepted} == set(ids[:5])
        assert shop.accepted[0].headers["content-type"] == "application/cloudevents+json"


async def test_a_customers_events_arrive_in_order_whatever_fails(resources, bus, create_webhook):
    customers = [uuid4() for _ in range(6)]
    count = 0

    async def fails_often(_: Received) -> tuple[int, dict[str, str]]:
        nonlocal count
        count += 1
        return (500 if count % 3 == 0 else 200), {}

    async with receiver(fails_often) as shop, delivering(resources, bus):
        await create_webhook(shop, ["interaction"])
        ids = await publish(bus, *(make_interaction(customers[number % 6]) for number in range(60)))
        await shop.wait_for(lambda shop: len(shop.accepted) >= 60)
    for index in range(6):
        of_customer = [id_ for id_ in shop.accepted_ids() if id_ in ids[index::6]]
        assert list(dict.fromkeys(of_customer)) == ids[index::6]
