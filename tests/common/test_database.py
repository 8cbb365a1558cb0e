"""A transaction is committed as a whole or not at all, and transient errors are distinguished from others."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from heed_common.database import Database, driver_url, is_transient
from tests.common.broker_fixtures import (
    ADD,
    PID,
    Crash,
    add_thing,
    change,
    stage_about,
    terminate,
    things,
    waiting_versions,
)

pytestmark = pytest.mark.asyncio
__all__ = ["things"]

COUNT = text("SELECT count(*) FROM thing")


async def count(database):
    async with database.transaction() as session:
        return (await session.execute(COUNT)).scalar_one()


@asynccontextmanager
async def small(database, **options):
    """The same database through a pool of one connection."""
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1, **options)
    one.engine.pool._timeout = 0.05
    try:
        yield one
    finally:
        await one.close()


async def test_writes_are_committed_at_the_end_of_the_block_and_not_before(things):
    async with things.transaction() as session:
        await session.execute(ADD, {"id": uuid4()})
        assert await count(things) == 0
    assert await count(things) == 1


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, Crash])
async def test_an_exception_rolls_everything_back(things, error):
    async def add_and_raise():
        async with things.transaction() as session:
            await session.execute(ADD, {"id": uuid4()})
            raise error

    with pytest.raises(error):
        await add_and_raise()
    assert await count(things) == 0
    assert things.engine.pool.checkedout() == 0


async def test_the_signal_is_sent_after_the_commit_and_only_if_events_were_staged(things):
    seen, looking = [], []

    async def look():
        seen.append(len(await waiting_versions(things)))

    things.on_events_staged(lambda: looking.append(asyncio.create_task(look())))
    thing_id = await add_thing(things)
    assert not looking
    async with things.transaction() as session:
        await change(session, thing_id)
        assert not looking
    await asyncio.gather(*looking)
    assert seen == [1], "a waiter that is woken finds the event"


async def test_no_signal_is_sent_if_the_commit_fails(things):
    calls = []
    things.on_events_staged(lambda: calls.append(1))
    async with things.autocommit() as connection:
        await connection.execute(text("ALTER TABLE thing ADD twin uuid REFERENCES thing DEFERRABLE INITIALLY DEFERRED"))

    async def reference_a_missing_row():
        async with things.transaction() as session:
            await stage_about(session, uuid4(), 1)
            await session.execute(
                text("INSERT INTO thing VALUES (:id, 1, NULL, :id2)"), {"id": uuid4(), "id2": uuid4()}
            )

    with pytest.raises(DBAPIError):
        await reference_a_missing_row()
    assert (calls, await count(things), await waiting_versions(things)) == ([], 0, [])


async def raised_by(work):
    (error,) = await asyncio.gather(work, return_exceptions=True)
    return error


async def test_a_connection_that_was_cut_is_a_transient_error(things):
    async def cut():
        async with things.transaction() as session:
            await terminate(things, (await session.execute(PID)).scalar_one())
            await session.execute(PID)

    assert is_transient(await raised_by(cut()))


async def test_a_pool_without_a_free_connection_is_a_transient_error(things):
    async with small(things) as one, one.autocommit():
        assert is_transient(await raised_by(count(one)))


async def test_an_unavailable_server_is_a_transient_error():
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert is_transient(await raised_by(count(nowhere)))
    await nowhere.close()


STATES = [
    ("08006", True), ("40001", True), ("40P01", True), ("53100", True), ("53300", True), ("55P03", True),
    ("57014", True), ("57P01", True), ("57P03", True),
    ("22003", False), ("22021", False), ("23505", False), ("23514", False), ("42501", False), ("42P01", False),
    ("0A000", False), ("P0001", False),
]  # fmt: skip


async def test_the_sqlstate_decides_whether_an_error_is_transient(things):
    async def hear(state):
        async with things.transaction() as session:
            await session.execute(text(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$"))

    for state, passes in STATES:
        assert is_transient(await raised_by(hear(state))) is passes, state


async def test_a_mistake_of_ours_never_passes(things):
    assert not is_transient(ValueError())
    assert not is_transient(KeyError())


async def test_plain_addresses_get_our_driver():
    for address in ("postgresql://a:b@host/x", "postgres://a:b@host/x", "postgresql+asyncpg://a:b@host/x"):
        assert driver_url(address).render_as_string(hide_password=False) == "postgresql+asyncpg://a:b@host/x"


async def test_every_session_is_in_utc(things):
    async with things.transaction() as session:
        assert (await session.execute(text("SHOW timezone"))).scalar_one() == "UTC"


async def test_an_error_does_not_repeat_what_was_to_be_stored(things):
    with pytest.raises(DBAPIError) as failed:
        async with things.transaction() as session:
            await session.execute(text("SELECT CAST(CAST(:name AS text) AS int)"), {"name": "Li Na"})
    assert "parameters hidden" in str(failed.value)
