"""Single POSTs of purchases take a short path and share transactions; callers see no difference."""

import asyncio
from functools import partial
from uuid import UUID

import pytest
import pytest_asyncio

from heed_common.contracts.customer import PurchaseRecorded
from heed_common.contracts.event import Envelope
from tests.common.http.grouped_posts import GroupedPosts, GroupedPostTests
from tests.customer.factories import make_line, make_purchase, register, staged

pytestmark = pytest.mark.asyncio

PATH = "/v1/purchases"


@pytest_asyncio.fixture
async def posts(app, client, customer_database):
    customer_id = str(await register(client))
    return GroupedPosts(
        client=client,
        app=app,
        database=customer_database,
        path=PATH,
        template=PATH,
        key=PATH,
        table="purchase",
        event=PurchaseRecorded,
        make_body=partial(make_purchase, customer_id=customer_id),
        variants=[
            {},
            {"lines": [make_line(unit_cost=None), make_line(quantity="0.5")]},
            {"kind": "service", "service_point_id": "商店 1", "currency": "CNY"},
        ],
        invalid=[
            {"customer_id": "none"},
            {"customer_external_id": "x"},
            {"occurred_at": "2026-03-02"},
            {"lines": []},
            {"lines": [make_line(quantity="-1")]},
            {"colour": "red"},
        ],
        refused={
            "customer_unknown": {"customer_id": str(UUID(int=1))},
            "too_early": {"occurred_at": "1888-03-02T00:00:00Z"},
            "in_the_future": {"occurred_at": "2999-03-02T00:00:00Z"},
        },
        other={"currency": "EUR"},
    )


class TestGroupedPurchases(GroupedPostTests):
    """Purchases pass the tests of all grouped POSTs."""


async def test_a_purchase_of_a_customer_who_is_registered_meanwhile_is_recorded_under_its_key(client):
    body, headers = make_purchase(customer_external_id="new"), {"Idempotency-Key": "one"}
    assert (await client.post(PATH, json=body, headers=headers)).status_code == 422
    await register(client, external_id="new")
    assert (await client.post(PATH, json=body, headers=headers)).status_code == 201


async def test_a_return_is_published_after_its_purchase(client, customer_database):
    customer_id = str(await register(client))

    async def buy_and_return(number):
        bought = await client.post(PATH, json=make_purchase(customer_id=customer_id))
        returned = {
            "external_id": f"r-{number}",
            "occurred_at": "2026-03-02T10:00:00Z",
            "lines": [{"sku": "cd-1", "quantity": "1"}],
            "reason": "faulty",
        }
        assert (await client.post(f"{bought.headers['location']}/returns", json=returned)).status_code == 201

    await asyncio.gather(*map(buy_and_return, range(30)))
    versions = {}
    for event in await staged(customer_database, "heed.purchase"):
        versions.setdefault(event.subject, []).append(Envelope.model_validate(event).aggversion)
    assert list(versions.values()) == [[1, 2]] * 30
