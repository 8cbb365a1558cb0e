"""A sibling who leaves the family while a batch waits: it was locked for nothing, and belongs elsewhere by now."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.database import RetryTransaction, is_transient
from heed_scoring import handlers
from heed_scoring.identities import repository
from heed_scoring.identities.alias_graph import Alias, Aliases
from heed_scoring.identities.locked_batch import LockedBatch
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.common.broker_fixtures import bus
from tests.faults.merges import (
    computed,
    consume,
    dead_letters,
    overtake,
    roots,
    scored,
    take_in,
)
from tests.scoring.factories import NOON, as_batch, make_merge, make_purchase, make_unmerge, received

pytestmark = pytest.mark.asyncio
__all__ = ["bus"]

TEAR = text("UPDATE customer SET survivor_id = NULL WHERE customer_id = :id")


async def refresh(database, clock):
    """The new day for all whom no event has carried into it."""
    work, more = DailyRefresh(), True
    while more:
        async with database.transaction() as session:
            more = await work(session, clock)


async def three_and_another(database, clock):
    """A, B and E, of whom E is merged into A; and Z, to whom E will go."""
    people = a, _, e, _ = [uuid4() for _ in range(4)]
    await take_in(database, clock, *as_batch([make_purchase(customer_id, days_ago=9) for customer_id in people]))
    await take_in(database, clock, received(make_merge(e, a), aggversion=2))
    return people


def departure(a, e, z):
    """E is taken out of A's family and merged into Z."""
    return [received(make_unmerge(e, a), aggversion=3), received(make_merge(e, z), aggversion=4)]


async def test_who_left_the_family_meanwhile_stays_with_whom_they_went_to(scoring_database, clock):
    a, b, e, z = people = await three_and_another(scoring_database, clock)
    late = take_in(scoring_database, clock, received(make_merge(a, b), aggversion=2))
    await overtake(scoring_database, clock, late, *departure(a, e, z))
    assert await roots(scoring_database) == {a: b, b: b, e: z, z: z}
    assert await scored(scoring_database) == await computed(scoring_database, people)


async def test_the_consumer_loses_nothing_of_it_and_takes_the_next_merge_of_them(scoring_database, bus, clock):
    a, b, e, z = people = await three_and_another(scoring_database, clock)
    late = consume(scoring_database, bus, clock, (make_merge(a, b), 2))
    await overtake(scoring_database, clock, late, *departure(a, e, z))
    await consume(scoring_database, bus, clock, (make_unmerge(e, z), 5))
    await consume(scoring_database, bus, clock, (make_merge(e, b), 6))
    assert await dead_letters(scoring_database) == []
    assert await roots(scoring_database) == {a: b, b: b, e: b, z: None}
    assert await scored(scoring_database) == await computed(scoring_database, people)


async def test_at_midnight_a_customer_locked_along_is_not_scored_without_its_new_member(scoring_database):
    clock = FakeClock(NOON - timedelta(days=1))
    a, b, e, z = people = await three_and_another(scoring_database, clock)
    late = take_in(scoring_database, clock, *as_batch([make_purchase(a)]))
    left = [received(make_unmerge(e, a), aggversion=3), received(make_merge(z, e), aggversion=2)]
    await overtake(scoring_database, clock, late, *left, for_long=timedelta(days=1))
    assert await roots(scoring_database) == {a: None, b: None, e: e, z: e}
    await refresh(scoring_database, clock)
    now = await scored(scoring_database)
    assert now.keys() == {a, b, e}
    assert now == await computed(scoring_database, people)


async def test_a_root_that_is_not_locked_causes_a_retry(scoring_database, clock):
    """Neither a root nor a member is invented: where the aliases name another customer, the batch is retried."""
    a, b, e, z = await three_and_another(scoring_database, clock)
    event = received(make_merge(e, a), aggversion=9)
    async with scoring_database.transaction() as session:
        rows = handlers.ledger_rows(event)
        states = await repository.lock_customers(session, [a, e])
        elsewhere = LockedBatch(states, Aliases([Alias(a, 5, z, NOON)]), {a, e})
        with pytest.raises(RetryTransaction) as refused:
            elsewhere.apply([(row, elsewhere.timestamp(row, NOON)) for row in rows])
    assert is_transient(refused.value)
    assert b not in states


async def test_a_merge_of_a_customer_torn_out_of_its_family_is_processed_and_heals_it(scoring_database, bus, clock):
    """An earlier version forgot that E belongs to Z; without Z among the locked this would be tried for ever."""
    a, b, e, z = people = await three_and_another(scoring_database, clock)
    await take_in(scoring_database, clock, *departure(a, e, z))
    async with scoring_database.transaction() as session:
        await session.execute(TEAR, {"id": e})
    await consume(scoring_database, bus, clock, (make_merge(e, b), 5))
    assert await dead_letters(scoring_database) == []
    assert await roots(scoring_database) == {a: None, b: b, e: b, z: None}
    assert await scored(scoring_database) == await computed(scoring_database, people)
