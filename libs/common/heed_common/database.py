"""One service's PostgreSQL: its engine, its transactions, and what wakes others after a commit."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, Text
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

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
COLUMN_TYPES: dict[Any, Any] = {datetime: DateTime(timezone=True), str: Text()}
"""How Python types stand in tables: moments with their zone, text without a length."""

WHOLE_ROWS: dict[str, Any] = {"postgresql_with": {"toast_tuple_target": 8160}}
"""For tables whose rows are written once and read whole: compressing those above 2 kB took longer than writing them."""

TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")
"""Connection lost, deadlock, out of resources, shutdown or cancelled by a limit, disk error."""
TRANSIENT_STATES = ("55P03", "25006")
"""A lock that is held; a database that is read-only, as after a failover to a replica."""
STATEMENT_TIMEOUT_STATE = "57014"
POOL_TIMEOUT_SECONDS = 30.0
AWAY = (DBAPIError, PoolTimeoutError, OSError)
"""What a database can answer to a loop that lives on without it: gone, unwilling, or no connection left."""


class WorkChanged(Exception):
    """What the work was begun with has moved meanwhile; done again from its beginning it may succeed."""


def service_metadata() -> MetaData:
    """The metadata of one service's tables, with names that alembic can rely on."""
    return MetaData(naming_convention=NAMING_CONVENTION)


def driver_url(url: str) -> URL:
    """The address with our driver in it: operators write plain `postgresql://…`."""
    return make_url(url).set(drivername="postgresql+asyncpg")


class Database:
    """The engine of one process on one service's database."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: float = POOL_TIMEOUT_SECONDS,
        application_name: str = "heed",
    ) -> None:
        self.url = driver_url(url)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=pool_timeout,
            pool_pre_ping=False,
            hide_parameters=True,
            connect_args={"server_settings": {"application_name": application_name, "timezone": "UTC"}},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._on_staged: list[Callable[[], None]] = []

    def on_staged(self, wake: Callable[[], None]) -> None:
        """Calls `wake` after each commit that left events in the outbox."""
        self._on_staged.append(wake)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back if anything was raised. Nothing else commits."""
        async with self._sessions() as session:
            yield session
            await session.commit()
        if session.info.get("staged"):
            for wake in self._on_staged:
                wake()

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """A connection outside transactions, for locks, queues and notifications."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def close(self) -> None:
        await self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later unchanged: the database was away, busy or in a deadlock."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(TRANSIENT_CLASSES) or state in TRANSIENT_STATES
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError | WorkChanged)


def is_statement_timeout(error: BaseException) -> bool:
    """Return whether the server cancelled the statement, which less work in one statement may avoid."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == STATEMENT_TIMEOUT_STATE
