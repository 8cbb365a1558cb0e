"""The replay as a whole: read, fold, compare; and, if it is asked for, exchange.

Everything up to the comparison is one transaction on one snapshot of the tables in use. So the events that come in
meanwhile are in neither side, nobody waits for it, and what breaks leaves nothing behind.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.advisory_locks import AdvisoryLock
from heed_common.broker.protocols import Bus
from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.rebuild import repository
from heed_scoring.rebuild import swap as places
from heed_scoring.rebuild.comparison import NAMED, Compared, compare
from heed_scoring.rebuild.errors import AnotherReplay, NotExchanged, NotInTheTopics
from heed_scoring.rebuild.progress import Progress
from heed_scoring.rebuild.read_topics import Read, read_topics
from heed_scoring.rebuild.refold import Afterwards, fold_again, fold_everybody
from heed_scoring.rebuild.repository import Named
from heed_scoring.rebuild.snapshot import Day
from heed_scoring.time_zone.service import change_time_zone
from heed_scoring.worker import GROUP, TOPICS

FEW = 500
"""So few new events may be caught up with while everybody waits."""
PASSES = 10
TRIES = 5
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was read and how the two sides compare."""

    read: Read
    compared: Compared
    ledger: Named
    """Rows of the ledger that differ."""
    only_in_use: Named
    """Events of the ledger that the topics do not hold."""
    day: date
    days: BusinessDays
    """That the tables were made for."""
    days_before: BusinessDays
    model_version: str
    exchanged: bool = False

    @property
    def identical(self) -> bool:
        return not (self.compared.differing or self.ledger.total)


async def replay(
    database: Database, bus: Bus, *, clock: Clock, swap: bool, progress: Progress, time_zone: str | None = None
) -> Replayed:
    """Makes all that scoring knows anew and compares; puts it in place where `swap` asks for it.

    With `time_zone` it is made for the days of that zone; an exchange then agrees on it.
    """
    make = partial(_make_and_compare, database, bus, clock=clock, keep=swap, progress=progress, time_zone=time_zone)
    async with _alone(database) as connection:
        if swap and time_zone is not None:
            # A row that came in meanwhile could not be taken over: its day is one of the zone before.
            async with _without_batches(connection):
                replayed = await make()
                await _try_to_exchange(partial(_exchange_time_zone, database, time_zone, clock=clock), clock=clock)
            return replayed
        replayed = await make()
        if swap:
            await _exchange(database, clock=clock, progress=progress)
    return replayed


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.autocommit() as connection:
        if not await places.hold(connection):
            raise AnotherReplay("Another replay is under way.")
        try:
            yield connection
        finally:
            await places.let_go(connection)


@asynccontextmanager
async def _without_batches(connection: AsyncConnection) -> AsyncIterator[None]:
    """Keep events, sweep and promotions waiting; readers are served.

    A fit reads the ledger and then waits for its promotion, so the exchange would wait for it in vain: none may begin.
    """
    await places.hold_fits(connection, AdvisoryLock.FIT)
    await models_repository.hold_batches(connection)
    try:
        yield
    finally:
        await models_repository.release_batches(connection)
        await places.release_fits(connection, AdvisoryLock.FIT)


async def _make_and_compare(
    database: Database, bus: Bus, *, clock: Clock, keep: bool, progress: Progress, time_zone: str | None
) -> Replayed:
    # Asked before the snapshot: what the consumer had committed by then is in it.
    taken = await bus.committed_offsets(GROUP, TOPICS)
    async with database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        model, days_before = (
            (await models_repository.in_force(session)).read(),
            await models_repository.business_days(session),
        )
        days = days_before if time_zone is None else BusinessDays.of(time_zone)
        day = days.day_of(clock.now())
        await places.make_tables(session)
        read = await read_topics(session, bus, days=days, taken=taken, progress=progress)
        await fold_everybody(session, afterwards=_afterwards(day, model.version), progress=progress)
        if time_zone is not None:
            await repository.move_announced_breaks(session)
        await places.analyze(session)
        compared = await compare(session, by=Day(model, day), progress=progress)
        ledger = await repository.ledger_differences(session, most=NAMED)
        only_in_use = await repository.only_in_use(session, most=NAMED)
        if keep and only_in_use.total:
            raise NotInTheTopics(_forgotten(only_in_use))
        if not keep:
            await places.forget(session)
    return Replayed(read, compared, ledger, only_in_use, day, days, days_before, model.version, exchanged=keep)


async def _exchange(database: Database, *, clock: Clock, progress: Progress) -> None:
    """What came since the snapshot is taken over while everybody works on, the last of it while they wait."""
    for _ in range(PASSES):
        async with database.transaction() as session:
            new = await _catch_up(session, clock=clock)
        progress.at("customers moved meanwhile", new)
        if new < FEW:
            break
    await _try_to_exchange(partial(_exchange_at_once, database, clock=clock), clock=clock)


async def _try_to_exchange(exchange: Callable[[], Awaitable[None]], *, clock: Clock) -> None:
    for _ in range(TRIES):
        try:
            await exchange()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("the exchange is tried again: %s", type(error).__name__)
            await clock.sleep(PAUSE_SECONDS)
        else:
            return
    raise NotExchanged("The tables are in use for too long: nothing was changed, please try again later.")


async def _exchange_at_once(database: Database, *, clock: Clock) -> None:
    """While the champion is held no batch is under way: nothing comes in that the rebuilt tables would not know."""
    async with database.transaction() as session:
        await places.be_patient(session)
        await models_repository.lock_champion(session)
        await _catch_up(session, clock=clock)
        await repository.date_found(session, now=clock.now())
        await places.exchange(session)


async def _exchange_time_zone(database: Database, time_zone: str, *, clock: Clock) -> None:
    """The same without anything to catch up with: no batch was under way since the snapshot."""
    async with database.transaction() as session:
        await places.be_patient(session)
        await repository.date_found(session, now=clock.now())
        await change_time_zone(session, time_zone=time_zone)
        await places.exchange(session)


async def _catch_up(session: AsyncSession, *, clock: Clock) -> int:
    """Answers how many customers something new is known of."""
    model, days = await models_repository.in_force(session), await models_repository.business_days(session)
    await places.look_at(session, places.Side.MADE)
    moved = await repository.copy_new(session)
    await fold_again(session, moved, afterwards=_afterwards(days.day_of(clock.now()), model.version))
    return len(moved)


def _afterwards(day: date, model_version: str) -> Afterwards:
    return Afterwards(day - timedelta(days=1), model_version)


def _forgotten(only_in_use: Named) -> str:
    first = "\n".join(f"  {row.event_id}" for row in only_in_use.first)
    return (
        f"{only_in_use.total} events of the ledger are not in the topics, an exchange would forget them. "
        f"Nothing was changed. The first of them:\n{first}"
    )
