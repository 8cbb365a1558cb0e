"""PostgreSQL of one service: engine, transactions, and notifications after a commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.engine.url import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import QueuePool

from heed_common import outbox, session_cipher
from heed_common.audit import pending
from heed_common.encryption import FieldCipher
from heed_common.signals import Signal

TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")
"""Connection lost, deadlock, out of resources, shutdown or cancelled by a limit, disk error."""
TRANSIENT_STATES = ("55P03", "25006")
"""A lock that is held; a database that is read-only, as after a failover to a replica."""
STATEMENT_TIMEOUT_STATE = "57014"
POOL_SIZE = 20
"""Connections of one process to its database. They are opened when they are needed, and stay open."""
POOL_TIMEOUT_SECONDS = 30.0
CONNECTION_ERRORS = (DBAPIError, PoolTimeoutError, OSError)
"""Errors that a background task survives: the database is down or overloaded, or the pool has no free connection."""


class RetryTransaction(Exception):
    """The data that the transaction is based on have changed meanwhile; a new attempt may succeed."""


def driver_url(url: str) -> URL:
    """Return the address with the driver's name: operators write plain `postgresql://…`."""
    return make_url(url).set(drivername="postgresql+asyncpg")


class Database:
    """The engine of one process on one service's database."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = POOL_SIZE,
        pool_timeout: float = POOL_TIMEOUT_SECONDS,
        application_name: str = "heed",
    ) -> None:
        self.url = driver_url(url)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            pool_use_lifo=True,  # The connections used last know the statements, and their servers are warm.
            max_overflow=0,  # A connection beyond the pool would be opened and closed for each transaction.
            pool_timeout=pool_timeout,
            pool_pre_ping=False,
            hide_parameters=True,
            connect_args={"server_settings": {"application_name": application_name, "timezone": "UTC"}},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._on_events_staged: list[Callable[[], None]] = []
        self.committed = Signal("heed_committed")
        """Sent after each commit that may have left work to jobs."""
        self.reactions = outbox.NO_REACTIONS
        """Reactions to events in their transaction. Set by the wiring of the service."""
        self.cipher: FieldCipher | None = None
        """Encrypts what transactions store of people. Set by the wiring of services that do."""

    def on_events_staged(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each commit that inserted events into the outbox."""
        self._on_events_staged.append(callback)

    @asynccontextmanager
    async def transaction(self, *, wakes_jobs: bool = True) -> AsyncIterator[AsyncSession]:
        """Open a transaction: committed at the end, rolled back after an exception. Nothing else commits.

        With `wakes_jobs=False`, for reads, jobs look for work after the commit only if it inserted events.
        """
        async with self._sessions() as session:
            events = outbox.of(session)
            events.reactions = self.reactions
            session_cipher.set_cipher(session, self.cipher)
            yield session
            await outbox.flush(session)
            await pending.flush(session)
            await session.commit()
        if events.has_inserted:
            for callback in self._on_events_staged:
                callback()
            self.committed.notify_local()  # Other processes conclude it from the signal of the events.
        elif wakes_jobs:
            self.committed.notify()

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection outside transactions, for locks, queues and notifications."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    def connections_in_use(self) -> int:
        """Return how many connections of the pool are used at this moment."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    async def close(self) -> None:
        await self.engine.dispose()


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """Open a savepoint. After an exception its changes, its events and the reactions to them are rolled back."""
    await outbox.react(session)
    mark = outbox.mark(session)
    try:
        async with session.begin_nested():
            yield
            await outbox.react(session)
    except BaseException:
        outbox.reset(session, mark)
        raise


class _EndOfRehearsal(Exception):
    """Ends a savepoint that is not meant to last."""


@asynccontextmanager
async def rolled_back(session: AsyncSession) -> AsyncIterator[None]:
    """Open a savepoint whose changes and events are always rolled back: a dry run sees what would have happened."""
    try:
        async with savepoint(session):
            yield
            raise _EndOfRehearsal
    except _EndOfRehearsal:
        return


def is_transient(error: BaseException) -> bool:
    """Return whether the same work may succeed later: the database was unavailable, busy or in a deadlock."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(TRANSIENT_CLASSES) or state in TRANSIENT_STATES
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError | RetryTransaction)


def is_statement_timeout(error: BaseException) -> bool:
    """Return whether the server cancelled the statement, which less work in one statement may avoid."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == STATEMENT_TIMEOUT_STATE
