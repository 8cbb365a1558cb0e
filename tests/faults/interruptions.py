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

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.made = 0


@contextmanager
def cut_at(database: Database, nth: int) -> Iterator[Cuts]:
    """The server ends the connection just before the n-th message on one: a statement or a commit."""
    cuts, url = Cuts(nth), database.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def cut(victim: "asyncpg.Connection[Any]") -> None:
        operator = await asyncpg.connect(url)
        await operator.execute("SELECT pg_terminate_backend($1)", victim.get_server_pid())
        await operator.close()

    def before(connection: Connection, *_: object) -> None:
        cuts.left -= 1
        if cuts.left == 0:
            cuts.made += 1
            raw = connection.connection.dbapi_connection
            assert isinstance(raw, AsyncAdapt_asyncpg_connection)
            raw.run_async(cut)

    engine = database.engine.sync_engine
    for moment in ("before_cursor_execute", "commit"):
        event.listen(engine, moment, before)
    try:
        yield cuts
    finally:
        for moment in ("before_cursor_execute", "commit"):
            event.remove(engine, moment, before)
