"""Ends things at any point: where they wait, and where they speak to the database."""

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection

from heed_common.database import Database


class CancelledAt:
    """Work that is cancelled where it waits for the n-th time, as a process that is stopped."""

    def __init__(self, work: Coroutine[Any, Any, Any], nth: int) -> None:
        self._work, self._nth = work, nth

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._work.__await__()
        resume, value = inner.send, None
        for wait in count(1):
            try:
                waiting = resume(value)
            except StopIteration as done:
                return done.value
            if wait == self._nth:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                value, resume = (yield waiting), inner.send
            except BaseException as error:  # noqa: BLE001 - the work itself decides what to do about it
                value, resume = error, inner.throw
        return None


async def is_cancelled_at(work: Coroutine[Any, Any, Any], nth: int) -> bool:
    """Whether it came to that: False when the work was done before."""

    async def wait() -> None:
        await CancelledAt(work, nth)

    (end,) = await asyncio.gather(asyncio.create_task(wait()), return_exceptions=True)
    if isinstance(end, Exception):
        raise end
    return isinstance(end, asyncio.CancelledError)


class Cuts:
    """How often the connection has been cut, and whether it is still to be."""

    def __init__(self, database: Database, nth: int) -> None:
        self.database = database.url.database
        self.made = 0
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._left = nth

    def is_next(self) -> bool:
        """Count a message. Return whether the connection is to be cut before it."""
        self._left -= 1
        self.made += self._left == 0
        return self._left == 0

    async def cut(self, victim: "asyncpg.Connection[Any]") -> None:
        operator = await asyncpg.connect(self._url)
        await operator.execute("SELECT pg_terminate_backend($1)", victim.get_server_pid())
        await operator.close()

    def before(self, connection: Connection, *_: object) -> None:
        """Cut before a message of SQLAlchemy."""
        if self.is_next():
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, AsyncAdapt_asyncpg_connection)
            raw.run_async(self.cut)


@contextmanager
def cut_at(database: Database, nth: int) -> Iterator[Cuts]:
    """The server ends the connection just before the n-th message on one: a statement or a commit.

    Statements of SQLAlchemy, and those of `heed_common.driver`, which pass it by.
    """
    cuts, fetch, engine = Cuts(database, nth), asyncpg.Connection.fetch, database.engine.sync_engine

    async def cut_and_fetch(victim: "asyncpg.Connection[Any]", *arguments: Any, **options: Any) -> Any:
        if victim._params.database == cuts.database and cuts.is_next():
            await cuts.cut(victim)
        return await fetch(victim, *arguments, **options)

    moments = ("before_cursor_execute", "commit")
    for moment in moments:
        event.listen(engine, moment, cuts.before)
    asyncpg.Connection.fetch = cut_and_fetch
    try:
        yield cuts
    finally:
        asyncpg.Connection.fetch = fetch
        for moment in moments:
            event.remove(engine, moment, cuts.before)
