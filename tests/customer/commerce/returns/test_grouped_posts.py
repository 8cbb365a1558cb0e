"""Single POSTs of returns take a short path and share transactions; callers see no difference."""

import asyncio
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from heed_common.contracts.customer import PurchaseReturned
from tests.common.http.grouped_posts import GroupedPosts, GroupedPostTests, without_ids
from tests.customer.factories import make_line, make_purchase, make_return, register

pytestmark = pytest.mark.asyncio

TEMPLATE = "/v1/purchases/{purchase_id}/returns"
BATCH = 500


@pytest_asyncio.fixture
async def posts(app, client, customer_database, repetitions):
    """Each body returns a part of a purchase of its own."""
    customer_id, ids = str(await register(client)), []
    for _ in range(repetitions(quick=1, full=7)):
        items = [make_purchase(customer_id=customer_id, lines=[make_line(quantity="3")]) for _ in range(BATCH)]
        response = await client.post("/v1/purchases:batch", json={"items": items})
        ids += [item["id"] for item in response.json()["items"]]
    paths, first = {}, ids[0]

    def make_body(**changes):
        body = make_return(external_id=str(uuid4())) | changes
        paths[body["external_id"]] = TEMPLATE.format(purchase_id=ids.pop())
        return body

    return GroupedPosts(
        client=client,
        app=app,
        database=customer_database,
        path=TEMPLATE.format(purchase_id=first),
        template=TEMPLATE,
        key="/v1/purchases/{}/returns",
        table="purchase_return",
        event=PurchaseReturned,
        make_body=make_body,
        variants=[
            {},
            {"note": "一定\t坏了", "reason": "late"},
            {"lines": [{"sku": "cd-1", "quantity": "0.5"}, {"sku": "cd-1", "quantity": "1"}]},
            {"occurred_at": "2026-03-02T10:00:00.5+01:00"},
        ],
        invalid=[
            {"lines": []},
            {"lines": [{"sku": "cd-1", "quantity": "-1"}]},
            {"reason": "boredom"},
            {"occurred_at": "2026-03-02"},
            {"colour": "red"},
        ],
        refused={
            "sku_unknown": {"lines": [{"sku": "dvd", "quantity": "1"}]},
            "return_exceeds_purchase": {"lines": [{"sku": "cd-1", "quantity": "4"}]},
            "out_of_order": {"occurred_at": "2026-02-01T00:00:00Z"},
            "too_early": {"occurred_at": "1888-03-02T00:00:00Z"},
            "in_the_future": {"occurred_at": "2999-03-02T00:00:00Z"},
        },
        other={"reason": "late"},
        paths=paths,
        subject="purchase_id",
    )


class TestGroupedReturns(GroupedPostTests):
    """Returns pass the tests of all grouped POSTs."""


async def test_returns_of_one_purchase_at_once_return_no_more_than_was_bought(posts):
    bodies = [make_return(external_id=str(uuid4())) for _ in range(8)]
    responses = await asyncio.gather(*map(posts.post, bodies))
    assert sorted(response.status_code for response in responses) == [201] * 3 + [409] * 5
    assert [event.aggversion for event in await posts.events()] == [2, 3, 4]
    assert len({response.headers.get("heed-event") for response in responses}) == 4


async def test_one_external_id_for_two_purchases_at_once_returns_one_of_them(posts):
    body = posts.make_body()
    other = dict(posts.paths)
    posts.make_body(external_id=body["external_id"])
    first, second = posts.paths[body["external_id"]], other[body["external_id"]]
    responses = await asyncio.gather(*(posts.client.post(path, json=body) for path in (first, second)))
    assert sorted(response.status_code for response in responses) == [201, 409]
    assert len(await posts.events()) == 1


async def test_a_return_of_no_purchase_is_refused_as_on_the_ordinary_route(posts):
    body = posts.make_body()
    posts.paths[body["external_id"]] = TEMPLATE.format(purchase_id=UUID(int=1))
    short, ordinary = await posts.post(body), await posts.post_ordinary(body)
    assert without_ids(short) == without_ids(ordinary)
    assert (short.status_code, short.json()["code"]) == (404, "purchase_not_found")
