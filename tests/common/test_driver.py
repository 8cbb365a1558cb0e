"""Statements that go to the driver are part of the session's transaction, and their errors are SQLAlchemy's."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from heed_common import driver
from heed_common.database import Database, is_transient, savepoint
from tests.common.broker_fixtures import ADD, PID, terminate, things

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

COUNT = text("SELECT count(*) FROM thing")
ONE = text("SELECT CAST(:number AS int) + CAST(:number AS int) AS twice, CAST(:name AS text) AS name")
SLEEP = text("SELECT pg_sleep(60)")


async def count(things):
    async with things.transaction() as session:
        return (await session.execute(COUNT)).scalar_one()


async def raised_by(work):
    (error,) = await asyncio.gather(work, return_exceptions=True)
    return error


async def add_in_savepoint(session, thing_id):
    async with savepoint(session):
        await driver.fetch(session, ADD, {"id": thing_id})


async def add_and_fail(session):
    async with savepoint(session):
        await driver.fetch(session, ADD, {"id": uuid4()})
        raise ValueError


async def fetch_pid(database):
    async with database.transaction() as session:
        return (await driver.fetch(session, PID, {}))[0][0]


async def test_rows_have_the_columns_of_the_statement_and_a_parameter_may_occur_twice(things):
    async with things.transaction() as session:
        (row,) = await driver.fetch(session, ONE, {"name": "bear", "number": 2})
    assert (row["twice"], row["name"]) == (4, "bear")


async def test_a_write_by_the_driver_is_committed_with_the_transaction_and_not_before(things):
    async with things.transaction() as session:
        await driver.fetch(session, ADD, {"id": uuid4()})
        assert await count(things) == 0
    assert await count(things) == 1


async def test_a_write_by_the_driver_is_rolled_back_with_the_transaction(things):
    async def transaction():
        async with things.transaction() as session:
            await driver.fetch(session, ADD, {"id": uuid4()})
            raise ValueError

    assert isinstance(await raised_by(transaction()), ValueError)
    assert await count(things) == 0


async def test_driver_and_session_see_each_others_rows(things):
    async with things.transaction() as session:
        await session.execute(ADD, {"id": uuid4()})
        assert (await driver.fetch(session, COUNT, {}))[0][0] == 1
        await driver.fetch(session, ADD, {"id": uuid4()})
        assert (await session.execute(COUNT)).scalar_one() == 2


async def test_what_the_driver_writes_in_a_savepoint_is_rolled_back_with_it(things):
    """The session sets a savepoint when its connection is first requested inside it: a driver's connection from before
    would write in front of it, and the id of a poisoned event would stay in the inbox."""
    async with things.transaction() as session:
        await driver.fetch(session, ADD, {"id": uuid4()})
        assert isinstance(await raised_by(add_and_fail(session)), ValueError)
        await driver.fetch(session, ADD, {"id": uuid4()})
    assert await count(things) == 2


async def test_nested_savepoints_are_rolled_back_one_by_one(things):
    async with things.transaction() as session, savepoint(session):
        await driver.fetch(session, ADD, {"id": uuid4()})
        assert isinstance(await raised_by(add_and_fail(session)), ValueError)
        await driver.fetch(session, ADD, {"id": uuid4()})
    assert await count(things) == 2


async def test_after_a_failed_statement_in_a_savepoint_the_transaction_goes_on(things):
    thing_id = uuid4()
    async with things.transaction() as session:
        await driver.fetch(session, ADD, {"id": thing_id})
        assert isinstance(await raised_by(add_in_savepoint(session, thing_id)), IntegrityError)
        await driver.fetch(session, ADD, {"id": uuid4()})
    assert await count(things) == 2


async def test_statements_at_the_same_moment_wait_for_each_other(things):
    async with things.transaction() as session:
        await asyncio.gather(
            *(driver.fetch(session, ADD, {"id": uuid4()}) for _ in range(5)),
            *(session.execute(ADD, {"id": uuid4()}) for _ in range(1)),
        )
    assert await count(things) == 6


@pytest.mark.parametrize("statement", [text("SELECT 1/0"), text("SELECT nothing"), text("SELECT CAST(:no AS int)")])
async def test_an_error_is_the_one_that_the_session_raises(things, statement):
    parameters = {"no": "none"} if ":no" in statement.text else {}

    async def by_session():
        async with things.transaction() as session:
            await session.execute(statement, parameters)

    async def by_driver():
        async with things.transaction() as session:
            await driver.fetch(session, statement, parameters)

    ours, theirs = await raised_by(by_driver()), await raised_by(by_session())
    assert isinstance(ours, DBAPIError)
    assert (type(ours), type(ours.orig)) == (type(theirs), type(theirs.orig))
    assert getattr(ours.orig, "sqlstate", None) == getattr(theirs.orig, "sqlstate", None)


async def test_a_connection_that_died_in_the_pool_is_a_transient_error_and_leaves_the_pool(things):
    """A pool with its dead connections still in it would fail one transaction for each of them."""
    one = Database(things.url.render_as_string(hide_password=False), pool_size=3)
    try:
        pids = set(await asyncio.gather(*(fetch_pid(one) for _ in range(3))))
        for pid in pids:
            await terminate(things, pid)
        assert is_transient(await raised_by(fetch_pid(one)))
        again = {await fetch_pid(one) for _ in range(4)}
    finally:
        await one.close()
    assert not again & pids


async def test_a_connection_that_dies_in_a_transaction_is_a_transient_error(things):
    async def die():
        async with things.transaction() as session:
            await terminate(things, (await driver.fetch(session, PID, {}))[0][0])
            await driver.fetch(session, PID, {})

    error = await raised_by(die())
    assert isinstance(error, DBAPIError)
    assert error.connection_invalidated
    assert things.engine.pool.checkedout() == 0


async def test_a_cancelled_statement_does_not_go_back_into_the_pool(things):
    async def sleep(started):
        async with things.transaction() as session:
            pids.append((await driver.fetch(session, PID, {}))[0][0])
            started.set()
            await driver.fetch(session, SLEEP, {})

    pids, started = [], asyncio.Event()
    task = asyncio.create_task(sleep(started))
    await started.wait()
    await asyncio.sleep(0)
    task.cancel()
    assert isinstance(await raised_by(task), asyncio.CancelledError)
    assert things.engine.pool.checkedout() == 0
    assert await fetch_pid(things) not in pids


async def test_a_connection_outside_transactions_commits_each_statement(things):
    async with things.autocommit() as connection:
        await driver.fetch_on(connection, ADD, {"id": uuid4()})
        assert await count(things) == 1
        with pytest.raises(DBAPIError):
            await driver.fetch_on(connection, text("SELECT 1/0"), {})
        await driver.fetch_on(connection, ADD, {"id": uuid4()})
    assert await count(things) == 2
