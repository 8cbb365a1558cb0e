"""Writes that wait at the same moment share a transaction, and none of them has the fate of another."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_common import driver, group_commit, outbox
from heed_common.database import Database, is_transient
from heed_common.errors import Conflict
from heed_common.group_commit import MAX_GROUPS, MAX_WRITES, GroupCommit, OutcomeUnknown
from heed_common.trace import current_traceparent, trace_context
from tests.common.broker_fixtures import ADD, LOCK, PID, add_thing, stage_about, terminate, things, waiting_versions

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

COUNT = text("SELECT count(*) FROM thing")


class Adding:
    """Adds things and stages an event about each; some ids are special."""

    def __init__(self, *, before_end=None):
        self.sizes = []
        self.bad, self.locked = set(), set()
        self.before_end = before_end

    async def __call__(self, session, ids):
        self.sizes.append(len(ids))
        for thing_id in ids:
            if thing_id in self.bad:
                raise Poisoned
            if thing_id in self.locked:
                await session.execute(LOCK, {"id": thing_id})
                continue
            await session.execute(ADD, {"id": thing_id})
            await stage_about(session, thing_id, 1)
        if self.before_end is not None:
            await self.before_end(session)
        return list(ids)


class Poisoned(Exception):
    """What a mistake of ours raises."""


class Interrupted(Database):
    """Its connection is lost once, at a point of a transaction that a test chooses."""

    def __init__(self, database):
        super().__init__(database.url.render_as_string(hide_password=False))
        self.before_commit = self.after_commit = None
        self.is_away = False

    @asynccontextmanager
    async def transaction(self):
        if self.is_away:
            raise ConnectionRefusedError
        before, self.before_commit = self.before_commit, None
        async with super().transaction() as session:
            yield session
            if before is not None:
                await outbox.flush(session)
                await before(session)
        after, self.after_commit = self.after_commit, None
        if after is not None:
            after()


async def count(database):
    async with database.transaction() as session:
        return (await session.execute(COUNT)).scalar_one()


async def raised_by(work):
    (error,) = await asyncio.gather(work, return_exceptions=True)
    return error


async def test_writes_that_wait_at_the_same_moment_share_a_transaction(things):
    release = asyncio.Event()
    adding = Adding(before_end=lambda _: release.wait())
    groups = GroupCommit(things, adding)
    first = []
    for number in range(1, MAX_GROUPS + 1):
        first.append(asyncio.create_task(groups.submit(uuid4())))
        while len(adding.sizes) < number:
            await asyncio.sleep(0.01)
    rest = [asyncio.create_task(groups.submit(uuid4())) for _ in range(MAX_WRITES + 5)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*first, *rest)
    assert sorted(adding.sizes) == [1, 1, 5, MAX_WRITES]
    assert await count(things) == len(await waiting_versions(things)) == MAX_GROUPS + MAX_WRITES + 5


async def test_each_write_gets_its_own_outcome(things):
    groups, ids = GroupCommit(things, Adding()), [uuid4() for _ in range(200)]
    assert await asyncio.gather(*map(groups.submit, ids)) == ids


async def test_a_write_that_fails_fails_alone(things):
    adding = Adding()
    groups, ids = GroupCommit(things, adding), [uuid4() for _ in range(20)]
    adding.bad.add(ids[7])
    results = await asyncio.gather(*map(groups.submit, ids), return_exceptions=True)
    assert [type(result) is Poisoned for result in results] == [thing_id == ids[7] for thing_id in ids]
    assert await count(things) == len(await waiting_versions(things)) == 19


async def test_a_write_that_waits_for_a_lock_waits_alone(things):
    locked = await add_thing(things)
    adding = Adding()
    adding.locked.add(locked)
    groups = GroupCommit(things, adding)
    async with things.transaction() as session:
        await session.execute(LOCK, {"id": locked})
        waiting = asyncio.create_task(groups.submit(locked))
        others = [asyncio.create_task(groups.submit(uuid4())) for _ in range(10)]
        await asyncio.gather(*others)
        assert not waiting.done()
    assert await waiting == locked


async def test_writes_that_wait_for_locks_do_not_stop_the_others(things):
    locked = [await add_thing(things) for _ in range(MAX_GROUPS)]
    adding = Adding()
    adding.locked.update(locked)
    groups, waiting = GroupCommit(things, adding), []
    async with things.transaction() as session:
        for number, thing_id in enumerate(locked, start=1):
            await session.execute(LOCK, {"id": thing_id})
            waiting.append(asyncio.create_task(groups.submit(thing_id)))
            while len(adding.sizes) < number:
                await asyncio.sleep(0.01)
        other = uuid4()
        assert await groups.submit(other) == other
        assert not any(task.done() for task in waiting)
    assert await asyncio.gather(*waiting) == locked


async def test_a_connection_that_is_lost_before_the_commit_costs_no_write_its_outcome(things):
    cuts = []

    async def cut(session):
        if not cuts:
            cuts.append(1)
            await terminate(things, (await driver.fetch(session, PID, {}))[0][0])
            await driver.fetch(session, PID, {})

    groups, ids = GroupCommit(things, Adding(before_end=cut)), [uuid4() for _ in range(10)]
    assert await asyncio.gather(*map(groups.submit, ids)) == ids
    assert await count(things) == len(await waiting_versions(things)) == 10


async def test_a_commit_whose_answer_is_lost_is_not_repeated(things):
    lossy, adding = Interrupted(things), Adding()

    def lose():
        raise ConnectionResetError

    lossy.after_commit = lose
    ids = [uuid4() for _ in range(3)]
    assert await asyncio.gather(*map(GroupCommit(lossy, adding).submit, ids)) == ids
    assert await count(things) == len(await waiting_versions(things)) == sum(adding.sizes) == 3
    await lossy.close()


async def test_a_commit_that_failed_with_its_connection_is_repeated(things):
    lossy, adding = Interrupted(things), Adding()

    async def cut(session):
        await terminate(things, (await session.execute(PID)).scalar_one())

    lossy.before_commit = cut
    thing_id = uuid4()
    assert await GroupCommit(lossy, adding).submit(thing_id) == thing_id
    assert adding.sizes == [1, 1]
    assert await count(things) == len(await waiting_versions(things)) == 1
    await lossy.close()


async def test_an_outcome_that_stays_unknown_is_a_transient_error_and_no_second_attempt(things, monkeypatch):
    monkeypatch.setattr(group_commit, "STATUS_PAUSE_SECONDS", 0)
    lossy, adding = Interrupted(things), Adding()

    def lose():
        lossy.is_away = True
        raise ConnectionResetError

    lossy.after_commit = lose
    error = await raised_by(GroupCommit(lossy, adding).submit(uuid4()))
    assert isinstance(error, OutcomeUnknown)
    assert is_transient(error)
    assert (adding.sizes, await count(things)) == ([1], 1)
    await lossy.close()


async def test_an_unavailable_database_is_an_error_of_every_write_of_the_group():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    groups = GroupCommit(nowhere, Adding())
    errors = await asyncio.gather(*(groups.submit(uuid4()) for _ in range(5)), return_exceptions=True)
    assert [is_transient(error) for error in errors] == [True] * 5
    await nowhere.close()


async def test_a_group_has_the_trace_of_none_of_its_requests(things):
    traces = []

    async def record(_session, writes):
        traces.append(current_traceparent())
        return writes

    with trace_context(None):
        await GroupCommit(things, record).submit(1)
    assert traces == [None]


async def test_an_error_of_the_domain_in_one_write_leaves_the_database_error_of_another_as_it_is(things):
    thing_id = await add_thing(things)

    async def record(session, writes):
        if Conflict in writes:
            raise Conflict
        return await Adding()(session, writes)

    groups = GroupCommit(things, record)
    conflict, double, good = await asyncio.gather(
        *(groups.submit(write) for write in (Conflict, thing_id, uuid4())), return_exceptions=True
    )
    assert isinstance(conflict, Conflict)
    assert isinstance(double, DBAPIError)
    assert not isinstance(good, Exception)
