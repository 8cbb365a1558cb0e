"""Statements of the hot paths, which go to the driver (asyncpg) in the transaction of a session or a connection.

SQLAlchemy takes some 140 µs of the processor for a statement, the driver 45. Everything else stays as it is: the
transaction begins with the first statement, savepoints are set before what is in them, pending changes of the ORM are
flushed, and an error is the one that SQLAlchemy raises, which also removes dead connections from the pool.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, TypeAlias

import asyncpg
from sqlalchemy import Connection, Dialect, TextClause
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

DIALECT: Dialect = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
KEY = "driver"
"""Key of the open `_Attachment` in `session.info`."""
DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg_dialect.AsyncAdapt_asyncpg_dbapi.Error,
    OSError,
    asyncio.CancelledError,
)
"""Errors that SQLAlchemy must see; a cancelled statement leaves the connection in an unknown state."""

Adapter: TypeAlias = Any
"""SQLAlchemy's `AsyncAdapt_asyncpg_connection`, whose methods have no types."""
Row: TypeAlias = "asyncpg.Record"
Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Attachment:
    """SQLAlchemy's adapter of the driver's connection, and the session's transaction or savepoint it is valid for."""

    adapter: Adapter
    scope: object


async def fetch(session: AsyncSession, statement: TextClause, parameters: Parameters) -> Sequence[Row]:
    """Run the statement in the transaction of the session and return all rows."""
    if session.new or session.dirty or session.deleted:
        await session.flush()
    adapter = await _attach(session)
    try:
        return await _run(adapter, statement, parameters)
    except DRIVER_ERRORS as error:
        await (await session.connection()).run_sync(_raise, adapter, error)
        raise


async def fetch_on(connection: AsyncConnection, statement: TextClause, parameters: Parameters) -> Sequence[Row]:
    """Run the statement on a connection outside sessions, such as one of `Database.autocommit`, and return all rows."""
    adapter = (await connection.get_raw_connection()).dbapi_connection
    try:
        return await _run(adapter, statement, parameters)
    except DRIVER_ERRORS as error:
        await connection.run_sync(_raise, adapter, error)
        raise


async def _attach(session: AsyncSession) -> Adapter:
    """Return the adapter. The session sets a savepoint only when its connection is requested inside it."""
    attachment: _Attachment | None = session.info.get(KEY)
    if attachment is None or attachment.scope is not _scope(session):
        connection = await session.connection()
        adapter = (await connection.get_raw_connection()).dbapi_connection
        attachment = session.info[KEY] = _Attachment(adapter, _scope(session))
    return attachment.adapter


def _scope(session: AsyncSession) -> object:
    """Return the innermost savepoint, or else the transaction."""
    return session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()


async def _run(adapter: Adapter, statement: TextClause, parameters: Parameters) -> Sequence[Row]:
    sql, names = _compile(statement)
    # SQLAlchemy's own statements wait for this lock, too: the driver rejects two at a time.
    async with adapter._execute_mutex:
        if adapter._transaction is None:
            await adapter._start_transaction()
        rows: Sequence[Row] = await adapter.driver_connection.fetch(sql, *[parameters[name] for name in names])
        return rows


@cache
def _compile(statement: TextClause) -> tuple[str, tuple[str, ...]]:
    """Return the statement for the driver, and the names of its parameters in order. Statements are constants."""
    compiled = statement.compile(dialect=DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


def _raise(connection: Connection, adapter: Adapter, error: BaseException) -> NoReturn:
    """Raise what SQLAlchemy raises for this error, after it has discarded the connection if that is dead."""
    try:
        adapter._handle_exception(error)
    except BaseException as translated:  # noqa: BLE001 it is raised again, as another type
        connection._handle_dbapi_exception(translated, None, None, None, None)
    raise error
