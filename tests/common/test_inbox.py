"""An event is taken once, however often it arrives."""

import asyncio
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_common import inbox
from heed_common.contracts.customer import CustomerRegistered, PurchaseRecorded
from tests.common.broker_fixtures import Crash
from tests.examples import examples
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, make_registration, received

pytestmark = pytest.mark.asyncio

NAIVE_ABSORB = text(str(inbox.INSERT_NEW_IDS).replace("ORDER BY id", ""))
SLOWLY = (
    text("CREATE FUNCTION take_a_moment() RETURNS trigger LANGUAGE plpgsql AS "
         "$$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$"),
    text("CREATE TRIGGER slowly BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION take_a_moment()"),
)  # fmt: skip
NOTICE_DEADLOCKS_SOON = text("SET LOCAL deadlock_timeout = '50ms'")


class Counting:
    """A handler that counts what it is handed."""

    def __init__(self):
        self.handed = []

    async def __call__(self, session, events, now):
        self.handed += [event.id for event in events]


@pytest.fixture
def registrations():
    return Counting()


@pytest.fixture
def purchases():
    return Counting()


@pytest.fixture
def take_in(platform_database, registrations, purchases):
    intake = inbox.build_batch_handler({CustomerRegistered: registrations, PurchaseRecorded: purchases})

    async def take_in(*batch):
        async with platform_database.transaction() as session:
            return await intake(session, batch, NOON)

    return take_in


async def test_an_event_that_comes_twice_is_handled_once(take_in, registrations):
    event, other = as_batch([make_registration(uuid4()), make_registration(uuid4())])
    assert await take_in(event, other, event) == 2
    assert await take_in(other, event) == 0
    assert registrations.handed == [event.id, other.id]


IDS = st.integers(min_value=1, max_value=12).map(lambda number: UUID(int=number))


@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(IDS, max_size=8), max_size=8))
async def test_whatever_arrives_how_often_in_whatever_batches_each_event_is_handled_once(platform_database, batches):
    count, customer_id = Counting(), uuid4()
    intake = inbox.build_batch_handler({CustomerRegistered: count})
    async with platform_database.transaction() as session:
        await session.execute(text("DELETE FROM inbox"))
    new = 0
    for batch in batches:
        async with platform_database.transaction() as session:
            events = [received(make_registration(customer_id), event_id=event_id) for event_id in batch]
            new += await intake(session, events, NOON)
    arrived = [event_id for batch in batches for event_id in batch]
    assert count.handed == list(dict.fromkeys(arrived))
    assert new == len(set(arrived))


async def test_each_type_goes_to_its_handler_and_nothing_is_stored_of_other_types(
    take_in, registrations, purchases, platform_database
):
    batch = as_batch(
        [make_purchase(uuid4()), make_registration(uuid4()), make_complaint(uuid4()), make_purchase(uuid4())]
    )
    assert await take_in(*batch) == 4
    assert registrations.handed == [batch[1].id]
    assert purchases.handed == [batch[0].id, batch[3].id]
    assert await take_in(*batch) == 1, "the one without a handler"
    async with platform_database.transaction() as session:
        recorded = set(await session.scalars(text("SELECT event_id FROM inbox")))
    assert recorded == {batch[index].id for index in (0, 1, 3)}


async def test_an_event_whose_transaction_failed_is_new_when_it_comes_again(platform_database):
    event, count = received(make_registration(uuid4())), Counting()
    intake = inbox.build_batch_handler({CustomerRegistered: count})

    async def take_in_and_crash():
        async with platform_database.transaction() as session:
            await intake(session, [event], NOON)
            raise Crash

    with pytest.raises(Crash):
        await take_in_and_crash()
    async with platform_database.transaction() as session:
        assert await intake(session, [event], NOON) == 1


async def test_two_workers_who_get_the_same_event_at_once_handle_it_once(take_in, registrations):
    events = as_batch([make_registration(uuid4()) for _ in range(20)])
    new = await asyncio.gather(*(take_in(*events) for _ in range(4)))
    assert sorted(new) == [0, 0, 0, 20]
    assert sorted(registrations.handed) == sorted(event.id for event in events)


@pytest_asyncio.fixture
async def slow_database(platform_database):
    """Each row takes its moment, so that two batches are surely under way at once."""
    async with platform_database.transaction() as session:
        for statement in SLOWLY:
            await session.execute(statement)
    return platform_database


async def in_opposite_orders(database, absorb):
    ids = [uuid4() for _ in range(10)]

    async def one(order):
        async with database.transaction() as session:
            await session.execute(NOTICE_DEADLOCKS_SOON)
            return await absorb(session, order)

    return await asyncio.gather(one(ids), one(ids[::-1]), return_exceptions=True)


async def test_two_batches_in_opposite_orders_would_deadlock_as_they_come(slow_database):
    async def naively(session, ids):
        return set((await session.execute(NAIVE_ABSORB, {"ids": ids, "now": NOON})).scalars())

    ends = await in_opposite_orders(slow_database, naively)
    (error,) = [end for end in ends if isinstance(end, DBAPIError)]
    assert error.orig.sqlstate == "40P01"


async def test_two_batches_in_opposite_orders_are_processed_one_after_the_other(slow_database):
    ends = await in_opposite_orders(slow_database, lambda session, ids: inbox.record_new_events(session, ids, now=NOON))
    assert sorted(map(len, ends)) == [0, 10]
