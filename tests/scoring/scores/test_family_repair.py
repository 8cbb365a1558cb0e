"""What an earlier version tore apart is found and made whole; what is whole is left alone."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.contracts.scoring import ScoreChanged
from heed_common.database import RetryTransaction
from heed_scoring.scores import family_repair, repository, service
from tests.faults.merges import computed, overtake, roots, scored, take_in, until_blocked, until_committed
from tests.scoring.factories import NOON, as_batch, make_merge, make_purchase, make_unmerge, received
from tests.scoring.outbox import published

pytestmark = pytest.mark.asyncio

# As the overtaken batch left it: the member has no survivor and no score, the survivor's has not changed.
TEAR = text("UPDATE customer SET survivor_id = NULL WHERE customer_id = ANY(:ids)")
HANG_ELSEWHERE = text("UPDATE customer SET survivor_id = :root WHERE customer_id = :id")


async def find(database):
    async with database.transaction() as session:
        return await family_repair.find_inconsistent(session)


async def mend(database, clock, *, limit=family_repair.PAGE_SIZE):
    async with database.transaction() as session:
        return await family_repair.repair(session, clock=clock, limit=limit)


async def change(database, statement, **values):
    async with database.transaction() as session:
        await session.execute(statement, values)


async def pair(database, clock):
    """A customer who is merged into another one, and both have bought."""
    member, survivor = uuid4(), uuid4()
    await take_in(database, clock, *as_batch([make_purchase(member, days_ago=9), make_purchase(survivor)]))
    await take_in(database, clock, received(make_merge(member, survivor), aggversion=2))
    return member, survivor


async def test_where_nothing_is_torn_nothing_is_found_or_published(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    await take_in(scoring_database, clock, received(make_unmerge(member, survivor), aggversion=3))
    await pair(scoring_database, clock)
    messages = len(await published(scoring_database, ScoreChanged))
    assert await find(scoring_database) == []
    assert await mend(scoring_database, clock) == []
    assert len(await published(scoring_database, ScoreChanged)) == messages


async def test_a_torn_member_that_was_scored_alone_comes_back_and_the_survivor_is_published(scoring_database):
    clock = FakeClock(NOON)
    member, survivor = await pair(scoring_database, clock)
    await change(scoring_database, TEAR, ids=[member])
    clock.advance(timedelta(minutes=1))
    await take_in(scoring_database, clock, *as_batch([make_purchase(member, gross="500")]))
    assert (await scored(scoring_database)).keys() == {member, survivor}
    clock.advance(timedelta(minutes=1))
    found = await find(scoring_database)
    assert found == [family_repair.InconsistentCustomer(member, "wrong_survivor", None, survivor)]
    assert await mend(scoring_database, clock) == found
    assert await find(scoring_database) == []
    assert await roots(scoring_database) == {member: survivor, survivor: survivor}
    assert await scored(scoring_database) == await computed(scoring_database, [member, survivor])
    event = (await published(scoring_database, ScoreChanged))[-1].event
    assert (event.customer_id, event.caused_by_type, event.caused_by_event_id) == (survivor, "repair", None)
    async with scoring_database.transaction() as session:
        (_, last), *_ = await repository.history(session, survivor, before=None, limit=1)
        then = await service.score_at(session, customer_id=member, at=clock.now(), now=clock.now())
    assert (last["caused_by"], last["value"]) == ({"type": "repair"}, then["value"])


async def test_a_customer_without_an_alias_gets_its_own_score_back(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    await take_in(scoring_database, clock, received(make_unmerge(member, survivor), aggversion=3))
    before = await scored(scoring_database)
    await change(scoring_database, text("UPDATE customer SET value_amount = NULL, scored_on = NULL"))
    await change(scoring_database, text("UPDATE customer_facts SET published_numbers = NULL"))
    assert {torn.problem for torn in await find(scoring_database)} == {"missing_score"}
    await mend(scoring_database, clock)
    assert await scored(scoring_database) == before


async def test_a_member_with_another_root_in_its_row_leaves_that_family_too(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    other_member, other = await pair(scoring_database, clock)
    people = [member, survivor, other_member, other]
    right = await scored(scoring_database)
    await change(scoring_database, HANG_ELSEWHERE, id=member, root=other)
    await take_in(scoring_database, clock, *as_batch([make_purchase(uuid4())]))
    await mend(scoring_database, clock)
    assert await find(scoring_database) == []
    assert {name: root for name, root in (await roots(scoring_database)).items() if name in people} == {
        member: survivor, survivor: survivor, other_member: other, other: other,
    }  # fmt: skip
    assert (await scored(scoring_database)).items() >= right.items()


async def test_page_by_page_everybody_is_repaired_once(scoring_database, clock):
    pairs = [await pair(scoring_database, clock) for _ in range(5)]
    right = await scored(scoring_database)
    await change(scoring_database, TEAR, ids=[member for member, _ in pairs])
    pages = []
    while page := await mend(scoring_database, clock, limit=2):
        pages.append([torn.customer_id for torn in page])
    assert pages == [sorted(member for member, _ in pairs)[start : start + 2] for start in (0, 2, 4)]
    assert await scored(scoring_database) == right


async def test_a_merge_that_is_faster_than_a_page_lets_it_be_done_again(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    newcomer = uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(newcomer)]))
    await change(scoring_database, TEAR, ids=[member])
    joined = received(make_merge(newcomer, survivor), aggversion=2)
    with pytest.raises(RetryTransaction):
        await overtake(scoring_database, clock, mend(scoring_database, clock), joined)
    assert await family_repair.repair_all(scoring_database, clock=clock) == [
        family_repair.InconsistentCustomer(member, "wrong_survivor", None, survivor)
    ]
    people = [member, survivor, newcomer]
    assert set((await roots(scoring_database)).values()) == {survivor}
    assert await scored(scoring_database) == await computed(scoring_database, people)


async def test_the_repair_of_all_goes_on_where_a_merge_was_faster(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    newcomer = uuid4()
    await take_in(scoring_database, clock, *as_batch([make_purchase(newcomer)]))
    await change(scoring_database, TEAR, ids=[member])
    joined = received(make_merge(newcomer, survivor), aggversion=2)
    await overtake(scoring_database, clock, family_repair.repair_all(scoring_database, clock=clock), joined)
    assert await find(scoring_database) == []
    assert set((await roots(scoring_database)).values()) == {survivor}


async def test_an_event_that_the_repair_overtakes_is_done_again_and_scored_with_it(scoring_database, clock):
    member, survivor = await pair(scoring_database, clock)
    await change(scoring_database, TEAR, ids=[member])
    async with scoring_database.transaction() as session:
        assert await family_repair.repair(session, clock=clock)
        bought = as_batch([make_purchase(survivor, gross="70")])
        late = asyncio.create_task(until_committed(scoring_database, clock, *bought))
        await until_blocked(scoring_database)
    await late
    assert await scored(scoring_database) == await computed(scoring_database, [member, survivor])
