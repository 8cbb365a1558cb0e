"""One transaction in each service's database: what is written in all of them, as far as they are reachable."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.database import Database
from heed_common.keys import repository

CONNECT_SECONDS = 3.0
"""Time limit for a database to give a connection and the lock; without one, a silent host would take a minute."""
UNAVAILABLE = (SQLAlchemyError, OSError, TimeoutError)

Databases = Mapping[str, Database]
"""The databases by the name of their service."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Transactions:
    """The open transactions by service, and the services whose database did not take part to the end."""

    sessions: dict[str, AsyncSession] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


@asynccontextmanager
async def lock_everywhere(databases: Databases) -> AsyncIterator[Transactions]:
    """Open a transaction in each database that holds the lock of its keys.

    All are committed at the end, one after the other and each even if another one fails; after an exception all are
    rolled back. The order is the same for every caller, so that two of them do not wait for each other.
    """
    opened: dict[str, AbstractAsyncContextManager[AsyncSession]] = {}
    result = Transactions()
    try:
        for service, database in databases.items():
            await _open(service, database, opened, result)
        yield result
    except BaseException as error:
        for transaction in opened.values():
            with suppress(*UNAVAILABLE, type(error)):
                await transaction.__aexit__(type(error), error, error.__traceback__)
        raise
    for service, transaction in opened.items():
        try:
            await transaction.__aexit__(None, None, None)
        except UNAVAILABLE as error:
            log.warning("keys: the database of %s failed at the commit: %s", service, type(error).__name__)
            result.failed.append(service)
    await _announce({service: databases[service] for service in opened if service not in result.failed})


async def _open(
    service: str,
    database: Database,
    opened: dict[str, AbstractAsyncContextManager[AsyncSession]],
    result: Transactions,
) -> None:
    transaction = database.transaction(wakes_jobs=False)
    session = await transaction.__aenter__()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await repository.lock_keys(session)
    except BaseException as error:
        with suppress(*UNAVAILABLE, type(error)):
            await transaction.__aexit__(type(error), error, error.__traceback__)
        if not isinstance(error, UNAVAILABLE):
            raise
        log.warning("keys: the database of %s is unavailable: %s", service, type(error).__name__)
        result.failed.append(service)
    else:
        opened[service], result.sessions[service] = transaction, session


async def _announce(databases: Databases) -> None:
    """Announce the change. Processes that do not hear of it read their keys again within five seconds."""
    for service, database in databases.items():
        try:
            await repository.announce(database)
        except UNAVAILABLE as error:
            log.warning("keys: the processes of %s were not notified: %s", service, type(error).__name__)
