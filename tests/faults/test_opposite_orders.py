"""Two scoring workers that meet the same customers in opposite orders do not block each other."""

import asyncio
import re
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_scoring import handlers
from heed_scoring.identities import repository
from tests.scoring.factories import make_purchase, received

pytestmark = pytest.mark.asyncio

CUSTOMERS = 10
SLOWLY = (
    text("CREATE FUNCTION take_a_moment() RETURNS trigger LANGUAGE plpgsql AS "
         "$$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$"),
    text("CREATE TRIGGER slowly BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION take_a_moment()"),
    text("CREATE TRIGGER slowly BEFORE INSERT ON customer_facts FOR EACH ROW EXECUTE FUNCTION take_a_moment()"),
)  # fmt: skip
NOTICE_DEADLOCKS_SOON = text("SET LOCAL deadlock_timeout = '50ms'")
NAIVE_ADD = text(re.sub(r"WHERE NOT EXISTS .* ORDER BY id", "", str(repository.INSERT_CUSTOMERS)))
LOCK_ONE = text("SELECT pg_sleep(0.01) FROM customer WHERE customer_id = :id FOR UPDATE")


@pytest_asyncio.fixture
async def database(scoring_database):
    """Each new customer takes a moment, so that two batches are surely under way at once."""
    async with scoring_database.transaction() as session:
        for statement in SLOWLY:
            await session.execute(statement)
    return scoring_database


async def at_once(database, work, customer_ids):
    both_are_connected = asyncio.Barrier(2)

    async def one(order):
        async with database.transaction() as session:
            await session.execute(NOTICE_DEADLOCKS_SOON)
            await both_are_connected.wait()
            return await work(session, order)

    return await asyncio.gather(one(customer_ids), one(customer_ids[::-1]), return_exceptions=True)


def deadlocks(ends):
    return [end for end in ends if isinstance(end, DBAPIError) and end.orig.sqlstate == "40P01"]


async def test_customers_added_in_the_order_of_their_events_would_deadlock(database):
    async def naively(session, customer_ids):
        await session.execute(NAIVE_ADD, {"ids": customer_ids})

    ends = await at_once(database, naively, [uuid4() for _ in range(CUSTOMERS)])
    assert len(deadlocks(ends)) == 1


async def test_customers_locked_in_the_order_of_their_events_would_deadlock(database):
    async def naively(session, customer_ids):
        for customer_id in customer_ids:
            await session.execute(LOCK_ONE, {"id": customer_id})

    customer_ids = [uuid4() for _ in range(CUSTOMERS)]
    async with database.transaction() as session:
        await repository.lock_customers(session, customer_ids)
    ends = await at_once(database, naively, customer_ids)
    assert len(deadlocks(ends)) == 1


async def test_batches_in_opposite_orders_are_scored_one_after_the_other(database, clock):
    async def take_in(session, customer_ids):
        batch = [received(make_purchase(customer_id)) for customer_id in customer_ids]
        return await handlers.process_batch(session, batch, clock=clock)

    customer_ids = [uuid4() for _ in range(CUSTOMERS)]
    for _ in ("new customers", "known customers"):
        assert await at_once(database, take_in, customer_ids) == [CUSTOMERS, CUSTOMERS]


async def test_the_same_events_in_opposite_orders_count_once(database, clock):
    events = {customer_id: received(make_purchase(customer_id)) for customer_id in [uuid4() for _ in range(CUSTOMERS)]}

    async def take_in(session, customer_ids):
        return await handlers.process_batch(session, [events[customer_id] for customer_id in customer_ids], clock=clock)

    assert sorted(await at_once(database, take_in, list(events))) == [0, CUSTOMERS]
