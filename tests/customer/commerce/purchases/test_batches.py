import asyncio
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.contracts.customer import CustomerKind
from heed_common.database import Database
from heed_common.identifiers import new_id
from heed_common.occurrence import DEFAULT_EARLIEST
from heed_customer.commerce.purchases.batch import record_purchase_batch
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.customers.service import register_customers
from tests.customer.factories import make_line, make_purchase, register, staged
from tests.databases import Databases
from tests.examples import examples

KNOWN = ("known", "known-too")

ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "external_id": st.sampled_from(["a", "b", "c", "d"]),
            "customer_external_id": st.sampled_from(["known", "known-too", "unknown"]),
            "currency": st.sampled_from(["USD", "USD", "EUR", "XXQ"]),
            "occurred_at": st.sampled_from(["2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", "2027-01-01T00:00:00Z"]),
        }
    ),
    max_size=8,
)


async def post_batch(client: Any, items: list[Any]) -> list[dict[str, Any]]:
    response = await client.post("/v1/purchases:batch", json={"items": items})
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["items"]
    return results


def seen(result: dict[str, Any]) -> tuple[object, ...]:
    return result["external_id"], result["status"], result["problem"] and result["problem"]["code"]


@pytest.mark.asyncio
async def test_each_item_has_its_own_outcome_in_the_order_given(client, customer_database):
    customer_id = str(await register(client))
    good = make_purchase(external_id="good", customer_id=customer_id)
    items = [
        good,
        make_purchase(external_id="nobody", customer_id=str(new_id())),
        make_purchase(external_id="negative", customer_id=customer_id, lines=[make_line(quantity="-1")]),
        good,
        good | {"currency": "EUR"},
        "not a purchase",
        make_purchase(external_id="good-too", customer_id=customer_id),
    ]
    results = await post_batch(client, items)
    assert [seen(result) for result in results] == [
        ("good", 201, None),
        ("nobody", 422, "customer_unknown"),
        ("negative", 422, "validation_failed"),
        ("good", 200, None),
        ("good", 409, "external_id_conflict"),
        (None, 422, "validation_failed"),
        ("good-too", 201, None),
    ]
    assert results[2]["problem"]["errors"][0]["pointer"] == "/lines/0/quantity"
    assert results[3]["id"] == results[0]["id"]
    assert results[3]["event_id"] == results[0]["event_id"]
    events = await staged(customer_database, "heed.purchase")
    assert [str(event.id) for event in events] == [results[0]["event_id"], results[6]["event_id"]]


@pytest.mark.asyncio
async def test_the_response_names_the_last_event_of_the_batch(client):
    customer_id = str(await register(client))
    body = {"items": [make_purchase(customer_id=customer_id) for _ in range(3)]}
    response = await client.post("/v1/purchases:batch", json=body)
    assert response.headers["heed-event"] == response.json()["items"][-1]["event_id"]
    again = await client.post("/v1/purchases:batch", json=body)
    assert again.headers["heed-event"] == response.headers["heed-event"]


@pytest.mark.asyncio
async def test_an_empty_batch_has_an_empty_result(client):
    assert await post_batch(client, []) == []


@pytest.mark.asyncio
async def test_a_thousand_and_one_are_too_many(client):
    response = await client.post("/v1/purchases:batch", json={"items": [1] * 1001})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_items")


@pytest.mark.asyncio
async def test_an_item_shows_twenty_errors_a_batch_a_hundred_and_both_count_the_others(client):
    items = [{"lines": [{}] * 30}] * 8
    problems = [result["problem"] for result in await post_batch(client, items)]
    assert [len(problem["errors"]) for problem in problems] == [20] * 5 + [0] * 3
    counts = [len(problem["errors"]) + problem["errors_omitted"] for problem in problems]
    assert len(set(counts)) == 1
    assert counts[0] > 100


@pytest.mark.asyncio
async def test_more_than_20000_lines_together_are_too_many_and_nothing_is_recorded(client, customer_database):
    customer_id = str(await register(client))
    items = [make_purchase(customer_id=customer_id, lines=[make_line()] * 1000) for _ in range(21)]
    response = await client.post("/v1/purchases:batch", json={"items": items})
    assert (response.status_code, response.json()["code"]) == (413, "too_many_lines")
    assert not await staged(customer_database, "heed.purchase")


@pytest.mark.asyncio
async def test_batches_that_hold_the_same_purchases_in_other_orders_do_not_block_each_other(client, customer_database):
    customer_id = str(await register(client))
    items = [make_purchase(customer_id=customer_id) for _ in range(200)]
    batches = [random.Random(seed).sample(items, len(items)) for seed in range(6)]
    results = await asyncio.gather(*(post_batch(client, batch) for batch in batches))
    assert {result["status"] for batch in results for result in batch} == {200, 201}
    assert len(await staged(customer_database, "heed.purchase")) == 200


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=ITEMS)
def test_a_batch_ends_as_its_items_would_one_by_one(shop, items):
    assert shop.outcomes([items]) == shop.outcomes([[item] for item in items])


@pytest.fixture
def shop(databases: Databases, clock: FakeClock) -> Iterator["Shop"]:
    with Shop(databases, clock) as shop:
        yield shop


class Shop:
    """A customer service whose purchases are deleted between two runs; hypothesis cannot await."""

    def __init__(self, databases: Databases, clock: FakeClock) -> None:
        self._databases, self._clock = databases, clock
        self._runner = asyncio.Runner()

    def __enter__(self) -> "Shop":
        self._runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def outcomes(self, batches: list[list[dict[str, Any]]]) -> list[tuple[object, ...]]:
        """Return the outcome of each item of batches that are sent one after the other."""
        return self._runner.run(self._outcomes(batches))

    async def _open(self) -> None:
        self._name = await self._databases.clone("heed_customer")
        self._database = Database(self._databases.url(self._name), pool_size=2)
        async with self._database.transaction() as session:
            customers = [NewCustomer(CustomerKind.INDIVIDUAL, name, external_id=name) for name in KNOWN]
            await register_customers(session, customers=customers, now=self._clock.now())

    async def _outcomes(self, batches: list[list[dict[str, Any]]]) -> list[tuple[object, ...]]:
        results: list[tuple[object, ...]] = []
        for batch in batches:
            async with self._database.transaction() as session:
                response = await record_purchase_batch(
                    session,
                    items=batch,
                    default_margin=Decimal("0.3"),
                    earliest=DEFAULT_EARLIEST,
                    now=self._clock.now(),
                )
                results += [seen(item.model_dump()) for item in response.items]
        async with self._database.transaction() as session:
            stored = await session.execute(text("SELECT external_id, currency FROM purchase ORDER BY 1"))
            results.append(tuple(tuple(row) for row in stored))
            await session.execute(text("TRUNCATE purchase, purchase_return, outbox"))
        return results

    async def _close(self) -> None:
        await self._database.close()
        await self._databases.drop(self._name)
