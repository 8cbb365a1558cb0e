"""Replay: rebuild ledger, facts and merges from the topics, compare them with the tables in use, and swap on request.

Everything up to the comparison is one transaction on one snapshot of the tables in use. So events that arrive
meanwhile are in neither version, nothing waits for the replay, and a failure leaves nothing behind.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from heed_common.broker.protocols import Bus
from heed_common.business_days import BusinessDays
from heed_common.clock import Clock
from heed_common.database import Database, is_transient
from heed_common.progress import Progress
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.rebuild import repository
from heed_scoring.rebuild import swap as tables
from heed_scoring.rebuild.comparison import MAX_EXAMPLES, Comparison, compare
from heed_scoring.rebuild.errors import MissingFromTopics, ReplayRunning, SwapFailed
from heed_scoring.rebuild.read_topics import TopicsRead, read_topics
from heed_scoring.rebuild.refold import ScoredAs, fold_again, fold_all
from heed_scoring.rebuild.repository import Examples
from heed_scoring.rebuild.snapshot import ScoringDay
from heed_scoring.time_zone.service import change_time_zone
from heed_scoring.worker import GROUP, TOPICS

MAX_CUSTOMERS_UNDER_LOCK = 500
"""So few customers may be folded again while batches wait."""
MAX_CATCH_UPS = 10
MAX_SWAP_ATTEMPTS = 5
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Result of a replay: the records read, and how both versions compare."""

    read: TopicsRead
    comparison: Comparison
    ledger: Examples
    """Rows of the ledger that differ."""
    missing: Examples
    """Events of the ledger in use that are missing from the topics."""
    day: date
    days: BusinessDays
    """The days that the tables were rebuilt for."""
    days_before: BusinessDays
    model_version: str
    is_swapped: bool = False

    @property
    def identical(self) -> bool:
        return not (self.comparison.differing or self.ledger.total)


async def replay(
    database: Database, bus: Bus, *, clock: Clock, swap: bool, progress: Progress, time_zone: str | None = None
) -> Replayed:
    """Rebuild all tables and compare them; put the rebuilt ones in use with `swap`.

    With `time_zone` they are rebuilt for the days of that zone, and a swap stores it.
    """
    make = partial(
        _rebuild_and_compare, database, bus, clock=clock, for_swap=swap, progress=progress, time_zone=time_zone
    )
    async with _single_replay(database) as connection:
        if swap and time_zone is not None:
            # A row that arrived meanwhile could not be copied: its day is one of the previous zone.
            async with _without_batches(connection):
                replayed = await make()
                await _retry_swap(partial(_swap_with_time_zone, database, time_zone, clock=clock), clock=clock)
            return replayed
        replayed = await make()
        if swap:
            await _catch_up_and_swap(database, clock=clock, progress=progress)
    return replayed


@asynccontextmanager
async def _single_replay(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.autocommit() as connection:
        if not await tables.acquire_lock(connection):
            raise ReplayRunning("Another replay is running.")
        try:
            yield connection
        finally:
            await tables.release_lock(connection)


@asynccontextmanager
async def _without_batches(connection: AsyncConnection) -> AsyncIterator[None]:
    """Block events, daily refresh and promotions; readers are served.

    A fit reads the ledger and then waits for its promotion, so the swap would wait for it in vain: none may begin.
    """
    await tables.block_fits(connection)
    await models_repository.hold_batches(connection)
    try:
        yield
    finally:
        await models_repository.release_batches(connection)
        await tables.unblock_fits(connection)


async def _rebuild_and_compare(
    database: Database, bus: Bus, *, clock: Clock, for_swap: bool, progress: Progress, time_zone: str | None
) -> Replayed:
    # Read before the snapshot: all that the consumer had committed by then is in it.
    committed = await bus.committed_offsets(GROUP, TOPICS)
    async with database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        model, days_before = (
            (await models_repository.in_force(session)).read(),
            await models_repository.business_days(session),
        )
        days = days_before if time_zone is None else BusinessDays.of(time_zone)
        day = days.day_of(clock.now())
        await tables.create_tables(session)
        read = await read_topics(session, bus, days=days, committed=committed, progress=progress)
        await fold_all(session, scored_as=_scored_as(day, model.version), progress=progress)
        if time_zone is not None:
            await repository.shift_announced_breaks(session)
        await tables.analyze_tables(session)
        comparison = await compare(session, by=ScoringDay(model, day), progress=progress)
        ledger = await repository.ledger_differences(session, limit=MAX_EXAMPLES)
        missing = await repository.missing_from_topics(session, limit=MAX_EXAMPLES)
        if for_swap and missing.total:
            raise MissingFromTopics(_missing_text(missing))
        if not for_swap:
            await tables.drop_tables(session)
    return Replayed(read, comparison, ledger, missing, day, days, days_before, model.version, is_swapped=for_swap)


async def _catch_up_and_swap(database: Database, *, clock: Clock, progress: Progress) -> None:
    """Copy the rows since the snapshot while batches go on, and the last of them while batches wait."""
    for _ in range(MAX_CATCH_UPS):
        async with database.transaction() as session:
            new = await _catch_up(session, clock=clock)
        progress.at("customers moved meanwhile", new)
        if new < MAX_CUSTOMERS_UNDER_LOCK:
            break
    await _retry_swap(partial(_swap_under_lock, database, clock=clock), clock=clock)


async def _retry_swap(attempt: Callable[[], Awaitable[None]], *, clock: Clock) -> None:
    for _ in range(MAX_SWAP_ATTEMPTS):
        try:
            await attempt()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("retrying the swap: %s", type(error).__name__)
            await clock.sleep(RETRY_SECONDS)
        else:
            return
    raise SwapFailed("The tables are in use for too long: nothing was changed, please try again later.")


async def _swap_under_lock(database: Database, *, clock: Clock) -> None:
    """Swap under the lock of the champion: no batch is running, so no event is in the tables in use only."""
    async with database.transaction() as session:
        await tables.limit_lock_wait(session)
        await models_repository.lock_champion(session)
        await _catch_up(session, clock=clock)
        await repository.timestamp_recovered(session, now=clock.now())
        await tables.swap(session)


async def _swap_with_time_zone(database: Database, time_zone: str, *, clock: Clock) -> None:
    """Swap and store the time zone. There is nothing to catch up with: no batch ran since the snapshot."""
    async with database.transaction() as session:
        await tables.limit_lock_wait(session)
        await repository.timestamp_recovered(session, now=clock.now())
        await change_time_zone(session, time_zone=time_zone)
        await tables.swap(session)


async def _catch_up(session: AsyncSession, *, clock: Clock) -> int:
    """Copy new rows of the ledger in use and fold their customers again. Return how many customers these are."""
    model, days = await models_repository.in_force(session), await models_repository.business_days(session)
    await tables.use_version(session, tables.Version.REBUILT)
    customer_ids = await repository.copy_new_rows(session)
    await fold_again(session, customer_ids, scored_as=_scored_as(days.day_of(clock.now()), model.version))
    return len(customer_ids)


def _scored_as(day: date, model_version: str) -> ScoredAs:
    return ScoredAs(day - timedelta(days=1), model_version)


def _missing_text(missing: Examples) -> str:
    first = "\n".join(f"  {row.event_id}" for row in missing.first)
    return (
        f"{missing.total} events of the ledger are not in the topics, a swap would lose them. "
        f"Nothing was changed. The first of them:\n{first}"
    )
