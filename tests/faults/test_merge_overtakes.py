"""A merge that is faster than an event of its member, and many of both at once: no survivor keeps a stale score."""

import asyncio
import random
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.broker_memory import MemoryPublisher
from heed_common.consumer import Consumer
from heed_common.database import is_transient
from heed_common.metrics import Metrics
from heed_scoring import handlers, repository, service
from heed_scoring.merges.aliases import Aliases
from heed_scoring.merges.families import Families
from heed_scoring.models import repository as models_repository
from heed_scoring.worker import GROUP, TOPICS, intake
from tests.common.plumbing import Recording, as_message, bus
from tests.scoring.factories import NOON, as_batch, make_merge, make_purchase, make_unmerge, received

pytestmark = pytest.mark.asyncio
__all__ = ["bus"]

SCORED = text("SELECT customer_id, amount FROM customer WHERE amount IS NOT NULL ORDER BY customer_id")
ROUNDS, AT_ONCE = 6, 6


async def take_in(database, clock, *batch):
    async with database.transaction() as session:
        return await handlers.take_in(session, list(batch), clock=clock)


async def said(database, customer_id):
    async with database.transaction() as session:
        return await service.said(session, customer_id=customer_id, at=None, now=NOON)


async def scored(database):
    """Whom lists show, with the value that they show."""
    async with database.transaction() as session:
        return {customer_id: str(amount) for customer_id, amount in await session.execute(SCORED)}


async def two(database, clock):
    duplicate, survivor = uuid4(), uuid4()
    await take_in(database, clock, *as_batch([make_purchase(duplicate, days_ago=9), make_purchase(survivor)]))
    return duplicate, survivor


async def merge_while(database, clock, duplicate, survivor, other):
    """The merge keeps its locks until the other one waits for them; then it is committed, and the other goes on."""
    async with database.transaction() as session:
        await handlers.take_in(session, [received(make_merge(duplicate, survivor), aggversion=2)], clock=clock)
        late = asyncio.create_task(other)
        await asyncio.sleep(0.3)
        assert not late.done()
    await asyncio.wait_for(late, timeout=60)


async def consume(database, bus, clock, event):
    """As the worker does it, whose consumer tries a batch until it stands."""
    await MemoryPublisher(bus).publish([as_message(event)])
    subscriber, metrics = bus.subscriber(group=GROUP, topics=TOPICS), Metrics("scoring")
    consumer = Consumer(
        database, subscriber, Recording(), intake=intake(clock), group=GROUP, clock=clock, metrics=metrics
    )
    await consumer.take_in(await subscriber.poll(max_records=500, wait=0))


async def believe(database, clock, event):
    """As a batch would be taken in that believes what it read of merges before it had the locks."""
    rows = handlers.ledger_rows(received(event))
    async with database.transaction() as session:
        model = (await models_repository.champion(session)).read()
        states = await repository.lock_customers(session, [row.customer_id for row in rows])
        alone = Families(states, Aliases(), set())
        await service.take_in_locked(session, rows, alone, model=model, now=clock.now())


async def test_a_batch_that_a_merge_overtook_is_done_again_and_moves_the_survivor(scoring_database, bus, clock):
    duplicate, survivor = await two(scoring_database, clock)
    bought = make_purchase(duplicate, gross="500")
    await merge_while(scoring_database, clock, duplicate, survivor, consume(scoring_database, bus, clock, bought))
    current = await said(scoring_database, survivor)
    assert current["caused_by"]["type"] == "heed.purchase.recorded.v1"
    assert await scored(scoring_database) == {survivor: current["value"]["amount"]}


async def test_a_batch_that_did_not_look_again_would_leave_the_survivor_a_stale_score(scoring_database, clock):
    duplicate, survivor = await two(scoring_database, clock)
    bought = make_purchase(duplicate, gross="500")
    await merge_while(scoring_database, clock, duplicate, survivor, believe(scoring_database, clock, bought))
    current = await said(scoring_database, survivor)
    assert (await scored(scoring_database))[survivor] != current["value"]["amount"]


async def until_it_stands(database, clock, *batch):
    """Answers how often it was done again."""
    for again in range(100):
        try:
            await take_in(database, clock, *batch)
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(0.01)
        else:
            return again
    raise AssertionError("never")


async def test_merges_and_purchases_at_once_end_as_if_one_had_come_after_the_other(scoring_database, clock):
    chance, people = random.Random(7), [uuid4() for _ in range(5)]
    versions = dict.fromkeys(people, 1)
    await take_in(scoring_database, clock, *as_batch([make_purchase(customer_id) for customer_id in people]))
    again = 0
    for _ in range(ROUNDS):
        batches = []
        for _ in range(AT_ONCE):
            one, other = chance.sample(people, 2)
            versions[one] += 1
            link = chance.choice([make_merge, make_merge, make_unmerge])(one, other)
            bought = [make_purchase(chance.choice(people), days_ago=chance.randint(0, 99)) for _ in range(2)]
            batches.append([*as_batch(bought), received(link, aggversion=versions[one])])
        again += sum(await asyncio.gather(*(until_it_stands(scoring_database, clock, *batch) for batch in batches)))
        told = {customer_id: await said(scoring_database, customer_id) for customer_id in people}
        survivors = {answer["customer_id"]: answer["value"]["amount"] for answer in told.values()}
        assert {
            str(customer_id): amount for customer_id, amount in (await scored(scoring_database)).items()
        } == survivors
    assert again > 0
